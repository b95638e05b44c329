/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An empty home, and nobody's environment. */
#include "lib/credentials-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

static void
clear_environment (void)
{
  g_auto (GStrv) names = g_listenv ();

  for (char **name = names; *name != NULL; name++)
    if (g_str_has_prefix (*name, "OS_"))
      g_unsetenv (*name);
}

static void
set_up (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  clear_environment ();
  f->directory = g_dir_make_tmp ("virt-glance-XXXXXX", NULL);
  g_assert_nonnull (f->directory);
  g_assert_cmpint (g_chdir (f->directory), ==, 0);
  f->config = vg_config_new ();
}

static void
tear_down (CredentialsFixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (f->directory, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    g_unlink (name);
  g_assert_cmpint (g_chdir ("/"), ==, 0);
  g_rmdir (f->directory);
  g_free (f->directory);
  vg_config_free (f->config);
  g_clear_error (&f->error);
  clear_environment ();
}

VgCredentials *
credentials_load (CredentialsFixture *f)
{
  VgCredentials *credentials = vg_credentials_load (f->config, &f->error);

  g_assert_no_error (f->error);
  return credentials;
}

void
credentials_refuse (CredentialsFixture *f, const char *pattern)
{
  g_assert_null (vg_credentials_load (f->config, &f->error));
  g_assert_error (f->error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG);
  g_test_message ("%s", f->error->message);
  if (!g_pattern_match_simple (pattern, f->error->message))
    g_error ("not like \"%s\": %s", pattern, f->error->message);
  g_assert_null (strstr (f->error->message, "hush"));
  g_clear_error (&f->error);
}

void
credentials_set_config (CredentialsFixture *f)
{
  f->config->auth_url = g_strdup ("http://config/v3");
  f->config->username = g_strdup ("config-user");
  f->config->password = g_strdup ("hush");
  f->config->project_name = g_strdup ("config-project");
  f->config->region_name = g_strdup ("config-region");
}

void
credentials_fixture_add (const char *path,
                         void (*test) (CredentialsFixture *, gconstpointer))
{
  g_test_add (path, CredentialsFixture, NULL, set_up, test, tear_down);
}

int
credentials_fixture_run (void)
{
  g_autofree char *home = g_dir_make_tmp ("virt-glance-XXXXXX", NULL);
  int result;

  g_setenv ("XDG_CONFIG_HOME", home, TRUE);
  result = g_test_run ();
  g_rmdir (home);
  return result;
}

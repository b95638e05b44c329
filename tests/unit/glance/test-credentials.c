/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Precedence of credentials: environment, clouds.yaml, configuration. */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "glance/credentials.h"
#include "glance/keystone.h"

/* Every test runs in an empty directory, which is HOME too, and without any OS_
 * variable. */
typedef struct {
  char *directory;
  VgConfig *config;
  GError *error;
} Fixture;

static void
clear_environment (void)
{
  g_auto (GStrv) names = g_listenv ();

  for (char **name = names; *name != NULL; name++)
    if (g_str_has_prefix (*name, "OS_"))
      g_unsetenv (*name);
}

static void
set_up (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  clear_environment ();
  f->directory = g_dir_make_tmp ("virt-glance-XXXXXX", NULL);
  g_assert_nonnull (f->directory);
  g_assert_cmpint (g_chdir (f->directory), ==, 0);
  f->config = vg_config_new ();
}

static void
tear_down (Fixture *f, G_GNUC_UNUSED gconstpointer data)
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

static void
write_text (const char *name, const char *text)
{
  g_assert_true (g_file_set_contents (name, text, -1, NULL));
}

static VgCredentials *
load_credentials (Fixture *f)
{
  VgCredentials *credentials = vg_credentials_load (f->config, &f->error);

  g_assert_no_error (f->error);
  return credentials;
}

static void
assert_refused (Fixture *f, const char *pattern)
{
  g_assert_null (vg_credentials_load (f->config, &f->error));
  g_assert_error (f->error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG);
  g_test_message ("%s", f->error->message);
  if (!g_pattern_match_simple (pattern, f->error->message))
    g_error ("not like \"%s\": %s", pattern, f->error->message);
  g_assert_null (strstr (f->error->message, "hush"));
  g_clear_error (&f->error);
}

static void
set_config (Fixture *f)
{
  f->config->auth_url = g_strdup ("http://config/v3");
  f->config->username = g_strdup ("config-user");
  f->config->password = g_strdup ("hush");
  f->config->project_name = g_strdup ("config-project");
  f->config->region_name = g_strdup ("config-region");
}

static void
set_environment (void)
{
  g_setenv ("OS_AUTH_URL", "http://env/v3", TRUE);
  g_setenv ("OS_USERNAME", "env-user", TRUE);
  g_setenv ("OS_PASSWORD", "hush", TRUE);
  g_setenv ("OS_PROJECT_NAME", "env-project", TRUE);
}

static const char clouds[] =
    "defaults: &defaults\n"
    "  region_name: merged\n"
    "clouds:\n"
    "  one:\n"
    "    <<: *defaults\n"
    "    auth:\n"
    "      auth_url: http://cloud/v3\n"
    "      username: cloud-user\n"
    "      project_id: cloud-project-id\n"
    "      user_domain_name: Cloud\n"
    "    interface: internalURL\n"
    "    verify: false\n"
    "    cacert: /cloud/ca\n"
    "  app:\n"
    "    auth_type: v3applicationcredential\n"
    "    auth: {auth_url: 'http://cloud', application_credential_id: app,\n"
    "           application_credential_secret: hush}\n"
    "    image_interface: [admin, public]\n"
    "    regions: [{name: first}, second]\n"
    "  vendor:\n"
    "    profile: example\n"
    "    auth: {username: u, password: hush, tenant_name: p}\n"
    "  unknown-vendor:\n"
    "    profile: nobody\n";

static void
test_nothing (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  assert_refused (f, "*no credentials*OS_? *OS_CLOUD*[glance]*");
}

static void
test_config (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  set_config (f);
  c = load_credentials (f);
  g_assert_cmpint (c->method, ==, VG_AUTH_PASSWORD);
  g_assert_cmpstr (c->auth_url, ==, "http://config/v3");
  g_assert_cmpstr (c->region_name, ==, "config-region");
  g_assert_cmpstr (c->interfaces[0], ==, "internal");
  g_assert_cmpstr (c->interfaces[1], ==, "public");
}

static void
test_environment_wins (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  set_config (f);
  f->config->endpoint_override = g_strdup ("http://elsewhere");
  f->config->cloud = g_strdup ("absent");
  set_environment ();
  c = load_credentials (f);
  g_assert_cmpstr (c->auth_url, ==, "http://env/v3");
  g_assert_cmpstr (c->username, ==, "env-user");
  /* Settings of another cloud are not mixed in. */
  g_assert_null (c->region_name);
  g_assert_null (c->endpoint_override);
  g_assert_cmpstr (c->interfaces[0], ==, "public");
  g_assert_null (c->interfaces[1]);
}

/* Each list of merge keys leads to all mappings of the level below: 20^8 ways,
 * and each is looked at once. Then anchors beyond all reason. */
static void
test_bombs (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GString) merges = g_string_new ("x0: &x0 {none: 1}\n");
  g_autoptr (GString) anchors = g_string_new ("clouds: {one: {}}\nx: [");
  gint64 began = g_get_monotonic_time ();

  for (int i = 1; i < 9; i++) {
    g_string_append_printf (merges, "x%d: &x%d\n  <<: [", i, i);
    for (int k = 0; k < 20; k++)
      g_string_append_printf (merges, "*x%d, ", i - 1);
    g_string_append (merges, "]\n");
  }
  g_string_append (merges, "clouds:\n  one:\n    <<: *x8\n");
  f->config->cloud = g_strdup ("one");
  write_text ("clouds.yaml", merges->str);
  assert_refused (f, "*auth_url*missing*");
  for (int i = 0; i < 30000; i++)
    g_string_append_printf (anchors, "&a%d x,", i);
  g_string_append (anchors, "]\n");
  write_text ("clouds.yaml", anchors->str);
  assert_refused (f, "*clouds.yaml: there are more than 1000 anchors*");
  g_test_message ("%ld ms", (long) (g_get_monotonic_time () - began) / 1000);
}

static void
test_no_utf8 (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  set_environment ();
  g_setenv ("OS_PASSWORD", "hush\xff", TRUE);
  assert_refused (f, "the environment variable OS_PASSWORD is not UTF-8");
}

/* OS_* variables that select no credentials don't override the
 * configuration. */
static void
test_environment_beside (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  set_config (f);
  g_setenv ("OS_REGION_NAME", "env-region", TRUE);
  g_setenv ("OS_USERNAME", "env-user", TRUE);
  g_setenv ("OS_CLOUD", "", TRUE);
  c = load_credentials (f);
  g_assert_cmpstr (c->username, ==, "config-user");
  g_assert_cmpstr (c->region_name, ==, "config-region");
}

static void
test_old_names (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  g_setenv ("OS_AUTH_URL", "http://env/v3", TRUE);
  g_setenv ("OS_USERID", "uid", TRUE);
  g_setenv ("OS_PASSWORD", "hush", TRUE);
  g_setenv ("OS_TENANT_ID", "tid", TRUE);
  g_setenv ("OS_ENDPOINT_TYPE", "adminURL", TRUE);
  g_setenv ("OS_CACERT", "/ca", TRUE);
  g_setenv ("OS_CERT", "/cert", TRUE);
  g_setenv ("OS_KEY", "/key", TRUE);
  g_setenv ("OS_INSECURE", "True", TRUE);
  c = load_credentials (f);
  g_assert_cmpstr (c->user_id, ==, "uid");
  g_assert_cmpstr (c->project_id, ==, "tid");
  g_assert_cmpstr (c->interfaces[0], ==, "admin");
  g_assert_cmpstr (c->cafile, ==, "/ca");
  g_assert_cmpstr (c->certfile, ==, "/cert");
  g_assert_cmpstr (c->keyfile, ==, "/key");
  g_assert_true (c->insecure);
}

static void
test_cloud (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  write_text ("clouds.yaml", clouds);
  write_text ("secure.yaml", "clouds: {one: {auth: {password: hush}}}");
  set_config (f);
  g_setenv ("OS_CLOUD", "one", TRUE);
  c = load_credentials (f);
  g_assert_cmpstr (c->auth_url, ==, "http://cloud/v3");
  g_assert_cmpstr (c->password, ==, "hush");
  g_assert_cmpstr (c->project_id, ==, "cloud-project-id");
  g_assert_cmpstr (c->region_name, ==, "merged");
  g_assert_cmpstr (c->interfaces[0], ==, "internal");
  g_assert_cmpstr (c->cafile, ==, "/cloud/ca");
  g_assert_true (c->insecure);
}

/* TLS options of the configuration apply to OS_* credentials as well; options
 * that select a cloud don't. */
static void
test_config_tls (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL, own = NULL;

  set_config (f);
  f->config->endpoint_override = g_strdup ("http://config/");
  f->config->cafile = g_strdup ("/conf/ca");
  f->config->certfile = g_strdup ("/conf/cert");
  f->config->keyfile = g_strdup ("/conf/key");
  f->config->insecure = TRUE;
  set_environment ();
  c = load_credentials (f);
  g_assert_cmpstr (c->auth_url, ==, "http://env/v3");
  g_assert_null (c->endpoint_override);
  g_assert_cmpstr (c->cafile, ==, "/conf/ca");
  g_assert_cmpstr (c->certfile, ==, "/conf/cert");
  g_assert_cmpstr (c->keyfile, ==, "/conf/key");
  g_assert_true (c->insecure);
  g_setenv ("OS_CACERT", "/ca", TRUE);
  g_setenv ("OS_CERT", "/cert", TRUE);
  own = load_credentials (f);
  g_assert_cmpstr (own->cafile, ==, "/ca");
  g_assert_cmpstr (own->certfile, ==, "/cert");
  g_assert_null (own->keyfile);
}

/* OS_* variables override the cloud's settings; a project name clears the
 * id. */
static void
test_cloud_overlaid (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  write_text ("clouds.yaml", clouds);
  g_setenv ("OS_CLOUD", "one", TRUE);
  g_setenv ("OS_PASSWORD", "hush", TRUE);
  g_setenv ("OS_PROJECT_NAME", "env-project", TRUE);
  g_setenv ("OS_REGION_NAME", "env-region", TRUE);
  g_setenv ("OS_INTERFACE", "public", TRUE);
  c = load_credentials (f);
  g_assert_cmpstr (c->auth_url, ==, "http://cloud/v3");
  g_assert_cmpstr (c->project_name, ==, "env-project");
  g_assert_null (c->project_id);
  g_assert_cmpstr (c->user_domain_name, ==, "Cloud");
  g_assert_cmpstr (c->region_name, ==, "env-region");
  g_assert_cmpstr (c->interfaces[0], ==, "public");
}

static void
test_cloud_of_config (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  write_text ("clouds.yaml", clouds);
  f->config->cloud = g_strdup ("app");
  c = load_credentials (f);
  g_assert_cmpint (c->method, ==, VG_AUTH_APPLICATION_CREDENTIAL);
  g_assert_cmpstr (c->application_credential_secret, ==, "hush");
  g_assert_cmpstr (c->interfaces[0], ==, "admin");
  g_assert_cmpstr (c->interfaces[1], ==, "public");
  g_assert_cmpstr (c->region_name, ==, "first");
}

static void
test_vendor_profile (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  write_text ("clouds.yaml", clouds);
  write_text ("clouds-public.yaml",
              "public-clouds: {example: {auth: {auth_url: "
              "'http://vendor'}, region_name: r}}");
  g_setenv ("OS_CLOUD", "vendor", TRUE);
  c = load_credentials (f);
  g_assert_cmpstr (c->auth_url, ==, "http://vendor");
  g_assert_cmpstr (c->project_name, ==, "p");
  g_assert_cmpstr (c->region_name, ==, "r");
  g_setenv ("OS_CLOUD", "unknown-vendor", TRUE);
  assert_refused (f, "*clouds.yaml: *\"nobody\"*clouds-public.yaml*");
}

static void
test_cloud_files (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgCredentials) c = NULL;

  g_setenv ("OS_CLOUD", "app", TRUE);
  assert_refused (f, "*no clouds.yaml*'app'*");
  write_text ("clouds.yaml", "clouds:\n  one: {}\n  two: {}\n");
  assert_refused (f, "*/clouds.yaml has no cloud 'app'; it has: one, two");
  write_text ("mine.json",
              "{\"clouds\": {\"app\": {\"auth\": {\"auth_url\": "
              "\"http://json\", \"application_credential_id\": \"a\", "
              "\"application_credential_secret\": \"hush\"}}}}");
  g_setenv ("OS_CLIENT_CONFIG_FILE", "mine.json", TRUE);
  c = load_credentials (f);
  g_assert_cmpstr (c->auth_url, ==, "http://json");
}

static void
test_cloud_nonsense (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const texts[] = { "",
                                       "[]",
                                       "clouds: 7",
                                       "clouds: [one]",
                                       "clouds: {one}",
                                       "a: &a {<<: *a}",
                                       "clouds: &c {<<: [*c, *c]}" };

  g_setenv ("OS_CLOUD", "one", TRUE);
  write_text ("clouds.yaml", "clouds:\n  one:\n   - {\n");
  assert_refused (f, "*/clouds.yaml:4: not valid YAML: *");
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    write_text ("clouds.yaml", texts[i]);
    assert_refused (f, "*clouds.yaml*");
  }
  write_text ("clouds.yaml", clouds);
  write_text ("secure.yaml", "clouds: [");
  assert_refused (f, "*/secure.yaml:*not valid YAML*");
}

static void
test_missing (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_setenv ("OS_TOKEN", "hush", TRUE);
  assert_refused (f, "*OS_? variables: *OS_AUTH_URL* is missing");
  g_setenv ("OS_AUTH_URL", "http://env", TRUE);
  assert_refused (f, "*OS_PROJECT_NAME*");
  g_unsetenv ("OS_TOKEN");
  assert_refused (f, "*OS_USERNAME*");
  g_setenv ("OS_USERNAME", "u", TRUE);
  assert_refused (f, "*OS_PASSWORD*");
  g_setenv ("OS_PASSWORD", "hush", TRUE);
  assert_refused (f, "*OS_PROJECT_NAME*");
  g_setenv ("OS_APPLICATION_CREDENTIAL_SECRET", "hush", TRUE);
  assert_refused (f, "*application_credential_id*");
  g_setenv ("OS_AUTH_TYPE", "v3oidc\n", TRUE);
  assert_refused (f, "*unknown auth_type 'v3oidc?x0a'*");
  g_setenv ("OS_AUTH_TYPE", "none", TRUE);
  assert_refused (f, "*OS_IMAGE_ENDPOINT_OVERRIDE*");
}

static void
test_without_keystone (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  VgCredentials *c;

  f->config->endpoint_override = g_strdup ("http://glance:9292");
  c = load_credentials (f);
  g_assert_cmpint (c->method, ==, VG_AUTH_NONE);
  vg_credentials_free (c);
  g_setenv ("OS_IMAGE_ENDPOINT_OVERRIDE", "http://other:9292", TRUE);
  g_setenv ("OS_TOKEN", "hush", TRUE);
  c = load_credentials (f);
  g_assert_cmpint (c->method, ==, VG_AUTH_STATIC_TOKEN);
  g_assert_cmpstr (c->endpoint_override, ==, "http://other:9292");
  vg_credentials_free (c);
}

static void
assert_question (const VgCredentials *c, const char *expected)
{
  g_autoptr (VgJson) question = vg_keystone_question (c);
  g_autoptr (VgJson) other = vg_json_parse (expected, -1, NULL);

  g_assert_nonnull (other);
  if (!json_object_equal (question, other))
    g_error ("not %s: %s", expected, json_object_to_json_string (question));
}

static void
test_questions (G_GNUC_UNUSED Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  VgCredentials c = { .method = VG_AUTH_PASSWORD,
                      .username = (char *) "u",
                      .password = (char *) "p",
                      .project_name = (char *) "n",
                      .project_domain_name = (char *) "d" };

  assert_question (
      &c, "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":"
          "{\"user\":{\"name\":\"u\",\"domain\":{\"id\":\"default\"},"
          "\"password\":\"p\"}}},\"scope\":{\"project\":{\"name\":\"n\","
          "\"domain\":{\"name\":\"d\"}}}}}");
  c.user_id = (char *) "uid";
  c.project_id = (char *) "pid";
  assert_question (
      &c, "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":"
          "{\"user\":{\"id\":\"uid\",\"password\":\"p\"}}},"
          "\"scope\":{\"project\":{\"id\":\"pid\"}}}}");
  c.method = VG_AUTH_TOKEN;
  c.token = (char *) "t";
  assert_question (&c, "{\"auth\":{\"identity\":{\"methods\":[\"token\"],"
                       "\"token\":{\"id\":\"t\"}},"
                       "\"scope\":{\"project\":{\"id\":\"pid\"}}}}");
  /* An application credential implies its project: a scope would cause a
   * 401. */
  c.method = VG_AUTH_APPLICATION_CREDENTIAL;
  c.application_credential_name = (char *) "a";
  c.application_credential_secret = (char *) "s";
  assert_question (&c, "{\"auth\":{\"identity\":{\"methods\":"
                       "[\"application_credential\"],"
                       "\"application_credential\":{\"name\":\"a\",\"user\":"
                       "{\"id\":\"uid\"},\"secret\":\"s\"}}}}");
  c.application_credential_id = (char *) "aid";
  assert_question (&c, "{\"auth\":{\"identity\":{\"methods\":"
                       "[\"application_credential\"],"
                       "\"application_credential\":{\"id\":\"aid\","
                       "\"secret\":\"s\"}}}}");
}

static void
test_addresses (G_GNUC_UNUSED Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const pairs[][2] = {
    { "http://h:9292", "http://h:9292" },
    { "http://h:9292/", "http://h:9292" },
    { "http://h:9292/v2", "http://h:9292" },
    { "http://h:9292/v2.16//", "http://h:9292" },
    { "http://h/image/v2/", "http://h/image" },
    { "http://h/image", "http://h/image" },
    { "http://h/v2/image", "http://h/v2/image" },
    { "http://h/volumes", "http://h/volumes" },
    { "http://h/v2beta", "http://h/v2beta" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++) {
    g_autofree char *trimmed = vg_keystone_trim_endpoint (pairs[i][0]);
    g_autofree char *tokens = vg_keystone_tokens_url (pairs[i][0]);
    g_autofree char *expected =
        g_strconcat (pairs[i][1], "/v3/auth/tokens", NULL);

    g_assert_cmpstr (trimmed, ==, pairs[i][1]);
    g_assert_cmpstr (tokens, ==, expected);
  }
}

#define ADD(path, function)                                                    \
  g_test_add ("/credentials/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_autofree char *home = g_dir_make_tmp ("virt-glance-XXXXXX", NULL);
  int result;

  g_setenv ("XDG_CONFIG_HOME", home, TRUE);
  g_test_init (&argc, &argv, NULL);
  ADD ("nothing", test_nothing);
  ADD ("config", test_config);
  ADD ("environment-wins", test_environment_wins);
  ADD ("bombs", test_bombs);
  ADD ("no-utf8", test_no_utf8);
  ADD ("environment-beside", test_environment_beside);
  ADD ("old-names", test_old_names);
  ADD ("config-tls", test_config_tls);
  ADD ("cloud", test_cloud);
  ADD ("cloud-overlaid", test_cloud_overlaid);
  ADD ("cloud-of-config", test_cloud_of_config);
  ADD ("vendor-profile", test_vendor_profile);
  ADD ("cloud-files", test_cloud_files);
  ADD ("cloud-nonsense", test_cloud_nonsense);
  ADD ("missing", test_missing);
  ADD ("without-keystone", test_without_keystone);
  ADD ("questions", test_questions);
  ADD ("addresses", test_addresses);
  result = g_test_run ();
  g_rmdir (home);
  return result;
}

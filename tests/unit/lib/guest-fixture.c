/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The domain "test" of libvirt's test driver. */
#include "lib/guest-fixture.h"

#include "host/metadata.h"
#include "lib/workdir.h"

static void
set_up (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  f->dir = workdir_new ();
  f->config = vg_config_new ();
  g_free (f->config->state_path);
  f->config->state_path = g_strdup (f->dir);
  g_free (f->config->policy_directory);
  f->config->policy_directory = workdir_path (f->dir, "policy.d");
  f->host = vg_host_new (GUEST_URI);
  f->guest = vg_guest_find (f->host, "test", &error);
  g_assert_no_error (error);
  f->connection = virConnectOpen (GUEST_URI);
  f->domain = virDomainLookupByName (f->connection, "test");
}

static void
tear_down (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  vg_guest_free (f->guest);
  vg_host_free (f->host);
  virDomainFree (f->domain);
  virConnectClose (f->connection);
  vg_config_free (f->config);
  workdir_remove (f->dir);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

void
guest_fixture_add (const char *path,
                   void (*test) (GuestFixture *, gconstpointer))
{
  g_test_add (path, GuestFixture, NULL, set_up, test, tear_down);
}

void
guest_put_metadata (GuestFixture *f, const char *uri, const char *xml)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = vg_guest_set_metadata (f->guest, "glance", uri, xml, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

char *
guest_get_metadata (GuestFixture *f, const char *uri)
{
  g_autoptr (GError) error = NULL;
  char *xml = NULL;

  g_assert_true (vg_guest_get_metadata (f->guest, uri, &xml, &error));
  return xml;
}

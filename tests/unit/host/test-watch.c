/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Metadata, events and reasons of a stop, with libvirt's built-in test driver;
 * see test-host.c. */
#include <libvirt/libvirt.h>
#include <string.h>

#include "host/metadata.h"
#include "host/watch.h"
#include "lib/guest-fixture.h"

#define ELEMENT "urn:virt-glance:test"

typedef struct {
  virConnectPtr connection;
  virDomainPtr domain;
  VgHost *host;
  VgGuest *guest;
  GString *seen; /* "UUID URI;" for each event */
} Fixture;

static void
set_up (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  fix->host = vg_host_new (GUEST_URI);
  g_assert_null (vg_host_get_uri (fix->host));
  fix->guest = vg_guest_find (fix->host, "test", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (vg_host_get_uri (fix->host), ==, GUEST_URI);
  fix->connection = virConnectOpen (GUEST_URI);
  fix->domain = virDomainLookupByName (fix->connection, "test");
  fix->seen = g_string_new (NULL);
}

static void
iterate (void)
{
  for (guint i = 0; i < 20; i++) {
    while (g_main_context_iteration (NULL, FALSE))
      ;
    g_usleep (1000);
  }
}

/* The event comes when its thread had the time. */
static void
await_event (const Fixture *fix)
{
  while (fix->seen->len == 0)
    iterate ();
}

static void
tear_down (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  vg_guest_free (fix->guest);
  vg_host_free (fix->host);
  virDomainFree (fix->domain);
  virConnectClose (fix->connection);
  iterate ();
  g_string_free (fix->seen, TRUE);
}

static char *
get_element (Fixture *fix)
{
  g_autoptr (GError) error = NULL;
  char *xml = NULL;
  gboolean ok = vg_guest_get_metadata (fix->guest, ELEMENT, &xml, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  return xml;
}

static void
set_element (Fixture *fix, const char *xml)
{
  g_autoptr (GError) error = NULL;
  gboolean ok =
      vg_guest_set_metadata (fix->guest, "glance", ELEMENT, xml, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
test_metadata (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *xml = NULL;
  g_autofree char *other = NULL;
  g_autofree char *stopped = NULL;

  g_assert_null (get_element (fix));
  set_element (fix, "<snapshot name='a'/>");
  xml = get_element (fix);
  g_assert_nonnull (strstr (xml, "snapshot"));
  set_element (fix, "<snapshot name='b'/>");
  other = get_element (fix);
  g_assert_nonnull (strstr (other, "\"b\""));
  set_element (fix, NULL);
  set_element (fix, NULL);
  g_assert_null (get_element (fix));

  /* It is in the definition, too. */
  set_element (fix, "<snapshot name='c'/>");
  g_assert_cmpint (virDomainDestroy (fix->domain), ==, 0);
  stopped = get_element (fix);
  g_assert_nonnull (strstr (stopped, "\"c\""));
}

static void
test_definition_alone (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *xml = NULL;

  g_assert_cmpint (
      virDomainSetMetadata (fix->domain, VIR_DOMAIN_METADATA_ELEMENT, "<x/>",
                            "k", ELEMENT, VIR_DOMAIN_AFFECT_CONFIG),
      ==, 0);
  xml = get_element (fix);
  g_assert_nonnull (xml);
  set_element (fix, NULL);
  g_assert_null (get_element (fix));
}

static void
test_stop_reason (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  const char *reason = "";

  g_assert_true (vg_guest_get_stop_reason (fix->guest, &reason, &error));
  g_assert_null (reason);
  g_assert_cmpint (virDomainShutdown (fix->domain), ==, 0);
  g_assert_true (vg_guest_get_stop_reason (fix->guest, &reason, &error));
  g_assert_cmpstr (reason, ==, "shutdown");
  g_assert_cmpint (virDomainCreate (fix->domain), ==, 0);
  g_assert_cmpint (virDomainDestroy (fix->domain), ==, 0);
  g_assert_true (vg_guest_get_stop_reason (fix->guest, &reason, &error));
  g_assert_cmpstr (reason, ==, "destroyed");
  g_assert_no_error (error);
}

static void
on_metadata (const char *uuid, const char *uri, gpointer data)
{
  Fixture *fix = data;

  g_string_append_printf (fix->seen, "%s %s;", uuid, uri);
}

static void
on_lost (gpointer data G_GNUC_UNUSED)
{
  g_assert_not_reached ();
}

static const VgWatchEvents events = { on_metadata, on_lost };

static void
test_watch (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  VgWatch *watch = vg_watch_new (fix->host, &events, fix);
  g_autoptr (GError) error = NULL;
  gboolean renewed = FALSE;

  g_assert_true (vg_watch_ensure (watch, &renewed, &error));
  g_assert_true (renewed);
  g_assert_true (vg_watch_ensure (watch, &renewed, &error));
  g_assert_false (renewed);
  g_assert_no_error (error);
  g_assert_cmpint (
      virDomainSetMetadata (fix->domain, VIR_DOMAIN_METADATA_ELEMENT, "<x/>",
                            "k", ELEMENT, VIR_DOMAIN_AFFECT_CURRENT),
      ==, 0);
  await_event (fix);
  g_assert_cmpstr (fix->seen->str, ==, GUEST_UUID " " ELEMENT ";");

  vg_watch_free (watch);
  set_element (fix, NULL);
  iterate ();
  g_assert_cmpstr (fix->seen->str, ==, GUEST_UUID " " ELEMENT ";");
}

/* To remove what isn't there is no event. */
static void
test_quiet (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgWatch) watch = vg_watch_new (fix->host, &events, fix);
  g_autoptr (GError) error = NULL;
  gboolean renewed;

  g_assert_true (vg_watch_ensure (watch, &renewed, &error));
  set_element (fix, NULL);
  iterate ();
  g_assert_cmpstr (fix->seen->str, ==, "");
}

static void
test_list (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) uuids = vg_host_list_domains (fix->host, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (uuids), ==, 1);
  g_assert_cmpstr (uuids[0], ==, GUEST_UUID);
}

static void
test_unreachable (void)
{
  g_autoptr (VgHost) host =
      vg_host_new ("qemu+unix:///system?socket=/nonexistent/socket");

  g_assert_null (vg_host_get_uri (host));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                    \
  g_test_add ("/watch/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("metadata", test_metadata);
  ADD ("definition-alone", test_definition_alone);
  ADD ("stop-reason", test_stop_reason);
  ADD ("events", test_watch);
  ADD ("quiet", test_quiet);
  ADD ("list", test_list);
  g_test_add_func ("/watch/unreachable", test_unreachable);
  return g_test_run ();
}

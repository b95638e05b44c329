/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Snapshots that appear in a domain: which become orders (with libvirt's test
 * driver; see test-host.c). */
#include <libvirt/libvirt.h>
#include <glib/gstdio.h>
#include <string.h>

#include "agent/new-snapshots.h"
#include "agent/known-snapshots.h"
#include "domain/domain.h"
#include "request/spool.h"
#include "lib/guest-order.h"
#include "lib/workdir.h"

/* The test driver uses the creationTime of a "redefined" snapshot. */
static void
make_snapshot (GuestFixture *f, const char *name, gint64 created)
{
  g_autofree char *inner = virDomainGetXMLDesc (f->domain, 0);
  g_autofree char *xml = g_strdup_printf (
      "<domainsnapshot><name>%s</name><state>shutoff</state>"
      "<creationTime>%" G_GINT64_FORMAT "</creationTime>%s</domainsnapshot>",
      name, created, inner);
  virDomainSnapshotPtr snapshot = virDomainSnapshotCreateXML (
      f->domain, xml, VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE);

  g_assert_nonnull (snapshot);
  virDomainSnapshotFree (snapshot);
}

static void
delete_snapshots (GuestFixture *f)
{
  virDomainSnapshotPtr *all = NULL;
  int n = virDomainListAllSnapshots (f->domain, &all, 0);

  for (int i = 0; i < n; i++) {
    g_assert_cmpint (virDomainSnapshotDelete (all[i], 0), ==, 0);
    virDomainSnapshotFree (all[i]);
  }
  free (all);
}

static gboolean
check_snapshots (GuestFixture *f)
{
  g_autoptr (GError) error = NULL;
  gboolean taken = FALSE;
  gboolean ok = vg_new_snapshots_all (f->config, f->host, &taken, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  return taken;
}

static void
drop_orders (GuestFixture *f)
{
  g_autoptr (GPtrArray) all = vg_spool_list (f->dir, FALSE, NULL);

  for (guint i = 0; i < all->len; i++)
    g_assert_true (vg_spool_remove (f->dir, all->pdata[i], NULL));
}

static gint64
get_time (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static void
test_notice (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) order = NULL, again = NULL;
  gint64 later = get_time () + 5;

  guest_put_metadata (f, VG_POLICY_URI,
                      "<policy><on event='snapshot' store='cheap'/></policy>");
  make_snapshot (f, "old", get_time () - 5);
  g_assert_false (check_snapshots (f));
  make_snapshot (f, "new", later);
  g_assert_true (check_snapshots (f));
  order = guest_get_order (f);
  g_assert_cmpint (order->kind, ==, VG_ORDER_SNAPSHOT);
  g_assert_cmpint (order->created, ==, later);
  g_assert_cmpstr (order->request->from, ==, "new");
  g_assert_cmpstr (order->request->store, ==, "cheap");
  g_assert_false (check_snapshots (f));
  drop_orders (f);
  g_assert_false (check_snapshots (f));
  /* Redefined with the same time, it is known; with another time, it is new. */
  delete_snapshots (f);
  make_snapshot (f, "new", later);
  g_assert_false (check_snapshots (f));
  delete_snapshots (f);
  make_snapshot (f, "new", later + 1);
  g_assert_true (check_snapshots (f));
  again = guest_get_order (f);
  g_assert_cmpstr (again->id, >, order->id);
  delete_snapshots (f);
}

/* A crash after the order was written: the same order again. */
static void
test_notice_died (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *seen = workdir_path (f->dir, "seen/" GUEST_UUID ".json");
  g_autoptr (VgOrder) first = NULL, second = NULL;

  guest_put_metadata (f, VG_POLICY_URI,
                      "<policy><on event='snapshot'/></policy>");
  g_assert_false (check_snapshots (f));
  make_snapshot (f, "new", get_time () + 5);
  g_assert_true (check_snapshots (f));
  first = guest_get_order (f);
  g_assert_cmpint (g_unlink (seen), ==, 0);
  check_snapshots (f);
  second = guest_get_order (f);
  g_assert_cmpstr (first->id, ==, second->id);
  delete_snapshots (f);
}

/* Snapshots taken without a policy get no order later; an invalid policy is a
 * problem of the order. */
static void
test_notice_policy (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) order = NULL;

  g_assert_false (check_snapshots (f));
  make_snapshot (f, "unwanted", get_time () + 5);
  g_assert_false (check_snapshots (f));
  guest_put_metadata (f, VG_POLICY_URI,
                      "<policy><on event='snapshot'/></policy>");
  g_assert_false (check_snapshots (f));
  guest_put_metadata (f, VG_POLICY_URI,
                      "<policy><on event='snapshots'/></policy>");
  make_snapshot (f, "wrong", get_time () + 5);
  g_assert_true (check_snapshots (f));
  order = guest_get_order (f);
  g_assert_null (order->request);
  g_assert_nonnull (strstr (order->problem, "unknown event 'snapshots'"));
  delete_snapshots (f);
}

/* As "virsh metadata --config" sets it: the running domain has none. */
static void
test_notice_defined (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) order = NULL;

  g_assert_cmpint (
      virDomainSetMetadata (f->domain, VIR_DOMAIN_METADATA_ELEMENT,
                            "<policy><on event='snapshot' store='s'/></policy>",
                            "glance", VG_POLICY_URI, VIR_DOMAIN_AFFECT_CONFIG),
      ==, 0);
  g_assert_false (check_snapshots (f));
  make_snapshot (f, "new", get_time () + 5);
  g_assert_true (check_snapshots (f));
  order = guest_get_order (f);
  g_assert_cmpstr (order->request->store, ==, "s");
  delete_snapshots (f);
}

/* Of deleted snapshots only the latest are kept, of existing ones all. */
static void
test_seen (GuestFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *const there[] = { "0", "1", NULL };
  g_autoptr (VgKnownSnapshots) seen =
      vg_known_snapshots_load (f->dir, GUEST_UUID, NULL);
  g_autoptr (VgKnownSnapshots) read = NULL;

  for (guint i = 0; i < 150; i++) {
    g_autofree char *name = g_strdup_printf ("%u", i);

    vg_known_snapshots_add (seen, name, i);
  }
  g_assert_true (vg_known_snapshots_save (seen, there, NULL));
  read = vg_known_snapshots_load (f->dir, GUEST_UUID, NULL);
  g_assert_true (vg_known_snapshots_has (read, "0", 0));
  g_assert_true (vg_known_snapshots_has (read, "1", 1));
  g_assert_false (vg_known_snapshots_has (read, "1", 0));
  g_assert_false (vg_known_snapshots_has (read, "2", 2));
  g_assert_false (vg_known_snapshots_has (read, "49", 49));
  g_assert_true (vg_known_snapshots_has (read, "50", 50));
  g_assert_true (vg_known_snapshots_has (read, "149", 149));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  guest_fixture_add ("/agent/notice", test_notice);
  guest_fixture_add ("/agent/notice-died", test_notice_died);
  guest_fixture_add ("/agent/notice-policy", test_notice_policy);
  guest_fixture_add ("/agent/notice-defined", test_notice_defined);
  guest_fixture_add ("/agent/seen", test_seen);
  return g_test_run ();
}

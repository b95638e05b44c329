/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Orders that a policy wants because a domain stopped, or because libvirt has a
 * new snapshot: whether they are still to be carried out. */
#include <libvirt/virterror.h>
#include <stdlib.h>

#include "lib/libvirt-fault.h"
#include "lib/order-fixture.h"
#include "lib/qemu.h"
#include "lib/workdir.h"

/* Stops */

#define ALL "'shutdown','destroyed','crashed'"

static const struct {
  int reason; /* of libvirt's */
  const char *word;
  const char *wanting; /* the reasons of a policy that wants it, or NULL, … */
  const char *other;   /* … and of one that wants all others */
} stops[] = {
  { VIR_DOMAIN_SHUTOFF_SHUTDOWN, "(shutdown)", "'crashed','shutdown'",
    "'destroyed','crashed'" },
  { VIR_DOMAIN_SHUTOFF_DESTROYED, "(destroyed)", "'destroyed'",
    "'shutdown','crashed'" },
  { VIR_DOMAIN_SHUTOFF_CRASHED, "(crashed)", "'crashed'",
    "'shutdown','destroyed'" },
  { VIR_DOMAIN_SHUTOFF_UNKNOWN, "(unknown)", NULL, ALL },
  { VIR_DOMAIN_SHUTOFF_MIGRATED, "(migrated)", NULL, ALL },
  { VIR_DOMAIN_SHUTOFF_SAVED, "(saved)", NULL, ALL },
  { VIR_DOMAIN_SHUTOFF_FAILED, "(failed)", NULL, ALL },
  { VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT, "(from snapshot)", NULL, ALL },
  { VIR_DOMAIN_SHUTOFF_DAEMON, "(daemon)", NULL, ALL },
  { 99, "(unknown)", NULL, ALL },
};

static void
run_stop (OrderFixture *f, const char *reasons)
{
  g_autofree char *wish = g_strdup_printf ("'wish':{'reasons':[%s]}", reasons);

  order_run_to_end (f, "stopped", wish);
}

/* The images are refused, which is quick and tells that one was wanted. */
static void
test_stop_reasons (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_control (f->site.fake,
                "{'rules':[{'method':'POST','path':'/v2/images',"
                "'status':403,'json':{'message':'wanted'},'times':0}]}");
  for (gsize i = 0; i < G_N_ELEMENTS (stops); i++) {
    libvirt_set_shutoff_reason (stops[i].reason);
    if (stops[i].wanting != NULL) {
      run_stop (f, stops[i].wanting);
      site_assert_status (&f->site, 1, "state=\"failed\"", "wanted", NULL);
    }
    run_stop (f, stops[i].other);
    site_assert_status (&f->site, 1, "state=\"skipped\"", "<reason>",
                        stops[i].word, NULL);
  }
}

static void
test_stopped_and_done (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_set_shutoff_reason (VIR_DOMAIN_SHUTOFF_CRASHED);
  order_run_to_end (f, "stopped",
                    "'wish':{'name':'one','reasons':['shutdown','crashed']}");
  site_assert_status (&f->site, 1, "state=\"done\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, "one"), ==, 1);
}

static void
test_started_again (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  virDomainPtr domain = site_find (&f->site, 1);

  g_assert_cmpint (virDomainCreate (domain), ==, 0);
  order_run_to_end (f, "stopped", "'wish':{'reasons':['shutdown']}");
  site_assert_status (&f->site, 1, "state=\"skipped\"", "started again", NULL);
  g_assert_cmpuint (site_count_files (&f->site, "jobs"), ==, 0);
  virDomainDestroy (domain);
  virDomainFree (domain);
}

static void
test_stop_unknown (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_fail ("virDomainGetState", VIR_ERR_INTERNAL_ERROR, 0, 1);
  order_run_to_end (f, "stopped", "'wish':{'reasons':['shutdown']}");
  site_assert_status (&f->site, 1, "state=\"failed\"", "virDomainGetState",
                      NULL);
}

static void
test_stop_with_problem (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  order_run_to_end (f, "stopped", "'problem':'a policy that is wrong'");
  site_assert_status (&f->site, 1, "state=\"failed\"", "a policy that is wrong",
                      NULL);
}

/* libvirt's snapshots */

#define CREATED 1700000000

/* A qcow2 disk with a snapshot inside it, which libvirt knows. */
static void
make_snapshot (OrderFixture *f, gint64 created)
{
  g_autofree char *raw = site_get_disk (&f->site, 1);
  g_autofree char *disk = workdir_path (f->site.dir, "disk.qcow2");
  virDomainPtr domain = site_find (&f->site, 1);
  char *inner = virDomainGetXMLDesc (domain, 0);
  g_autoptr (GString) xml = g_string_new (inner);
  virDomainSnapshotPtr snapshot;

  free (inner);
  virDomainFree (domain);
  g_free (qemu_run ("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw,
                    disk, NULL));
  g_free (qemu_run ("qemu-img", "snapshot", "-c", "saved", disk, NULL));
  g_string_replace (xml, raw, disk, 0);
  g_string_replace (xml, "type='raw'", "type='qcow2'", 0);
  domain = virDomainDefineXML (f->site.connection, xml->str);
  g_string_prepend (xml, "<domainsnapshot><name>saved</name>"
                         "<state>shutoff</state><disks><disk name='vda' "
                         "snapshot='internal'/></disks>");
  g_string_append_printf (
      xml, "<creationTime>%" G_GINT64_FORMAT "</creationTime></domainsnapshot>",
      created);
  snapshot = virDomainSnapshotCreateXML (domain, xml->str,
                                         VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE);
  g_assert_nonnull (snapshot);
  virDomainSnapshotFree (snapshot);
  virDomainFree (domain);
}

static void
delete_snapshot (OrderFixture *f)
{
  virDomainPtr domain = site_find (&f->site, 1);
  virDomainSnapshotPtr snapshot =
      virDomainSnapshotLookupByName (domain, "saved", 0);

  g_assert_cmpint (virDomainSnapshotDelete (snapshot, 0), ==, 0);
  virDomainSnapshotFree (snapshot);
  virDomainFree (domain);
}

#define SNAPSHOT                                                               \
  "'created':" G_STRINGIFY (CREATED) ",'wish':{'name':'one','from':'saved'}"

static void
test_libvirt_snapshot (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_snapshot (f, CREATED);
  order_run_to_end (f, "snapshot", SNAPSHOT);
  site_assert_status (&f->site, 1, "state=\"done\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, "one"), ==, 1);
}

static void
test_libvirt_snapshot_gone (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_snapshot (f, CREATED);
  delete_snapshot (f);
  order_run_to_end (f, "snapshot", SNAPSHOT);
  site_assert_status (&f->site, 1, "state=\"skipped\"", "'saved'", "deleted",
                      NULL);
  g_assert_cmpuint (site_count_files (&f->site, "jobs"), ==, 0);
}

/* Another one has its name by now. */
static void
test_libvirt_snapshot_replaced (OrderFixture *f,
                                gconstpointer data G_GNUC_UNUSED)
{
  make_snapshot (f, CREATED + 1);
  order_run_to_end (f, "snapshot", SNAPSHOT);
  site_assert_status (&f->site, 1, "state=\"skipped\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 0);
}

static gpointer
delete_when_uploading (gpointer data)
{
  OrderFixture *f = data;

  site_await_requests (&f->site, "PUT", SITE_PUTS, 1);
  delete_snapshot (f);
  fake_control (f->site.fake, "{'release':true}");
  return NULL;
}

/* It was deleted while it was uploaded: that the upload failed then is no
 * failure of the order. */
static void
test_libvirt_snapshot_deleted_late (OrderFixture *f,
                                    gconstpointer data G_GNUC_UNUSED)
{
  GThread *thread;

  make_snapshot (f, CREATED);
  fake_control (f->site.fake,
                "{'rules':[{" SITE_PUT_RULE ",'hold':true,'status':403}]}");
  thread = g_thread_new ("deleter", delete_when_uploading, f);
  order_run_to_end (f, "snapshot", SNAPSHOT);
  g_thread_join (thread);
  site_assert_status (&f->site, 1, "state=\"skipped\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 0);
}

static void
test_libvirt_snapshot_unreadable (OrderFixture *f,
                                  gconstpointer data G_GNUC_UNUSED)
{
  make_snapshot (f, CREATED);
  libvirt_fail ("virDomainSnapshotGetXMLDesc", VIR_ERR_INTERNAL_ERROR, 0, 0);
  order_run_to_end (f, "snapshot", SNAPSHOT);
  site_assert_status (&f->site, 1, "state=\"failed\"",
                      "virDomainSnapshotGetXMLDesc", NULL);
}

static void
add_tests (Fake *fake)
{
#define ADD(name, function) order_fixture_add (fake, "/orders/" name, function)
  ADD ("stop-reasons", test_stop_reasons);
  ADD ("stopped-and-done", test_stopped_and_done);
  ADD ("started-again", test_started_again);
  ADD ("stop-unknown", test_stop_unknown);
  ADD ("stop-with-problem", test_stop_with_problem);
  ADD ("libvirt-snapshot", test_libvirt_snapshot);
  ADD ("libvirt-snapshot-gone", test_libvirt_snapshot_gone);
  ADD ("libvirt-snapshot-replaced", test_libvirt_snapshot_replaced);
  ADD ("libvirt-snapshot-deleted-late", test_libvirt_snapshot_deleted_late);
  ADD ("libvirt-snapshot-unreadable", test_libvirt_snapshot_unreadable);
}

int
main (int argc, char **argv)
{
  return site_main (argc, argv, add_tests);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking at domains for requests and new snapshots where libvirt, the spool or
 * the list of known snapshots fails: nothing is lost, nothing is done twice,
 * and one domain's failure is in no other one's way. */
#include <glib/gstdio.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <utime.h>

#include "agent/known-snapshots.h"
#include "agent/metadata-requests.h"
#include "agent/new-snapshots.h"
#include "lib/agent-site.h"
#include "lib/libvirt-fault.h"
#include "lib/log-record.h"
#include "lib/workdir.h"
#include "request/spool.h"
#include "util/json.h"

#define REQUEST_URI "urn:virt-glance:request"
#define POLICY_URI "urn:virt-glance:policy"
#define POLICY "<policy><on event='snapshot'/></policy>"
#define GONE "00000000-0000-4000-8000-000000000000"

static Fake *fake;

typedef struct {
  Site site;
  VgHost *host;
  gboolean taken;
  GError *error;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_fault_reset ();
  site_init (&f->site, fake);
  site_define (&f->site, 1, "");
  site_define (&f->site, 2, "");
  f->host = vg_host_new (SITE_URI);
  log_record_clear ();
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_fault_reset ();
  g_clear_error (&f->error);
  vg_host_free (f->host);
  site_clear (&f->site);
}

static void
ask_both (Fixture *f)
{
  site_set_metadata (&f->site, 1, REQUEST_URI, "<snapshot name='one'/>");
  site_set_metadata (&f->site, 2, REQUEST_URI, "<snapshot name='two'/>");
}

/* A scan must have failed with an error that contains text, or succeeded
 * (NULL).
 */
static void
check_result (Fixture *f, gboolean ok, const char *text)
{
  g_assert_cmpint (ok, ==, f->error == NULL);
  if (text == NULL)
    g_assert_no_error (f->error);
  else if (ok || strstr (f->error->message, text) == NULL)
    g_error ("no '%s' in %s", text, ok ? "a success" : f->error->message);
}

static void
look_for_requests (Fixture *f, const char *text)
{
  gboolean ok;

  g_clear_error (&f->error);
  f->taken = FALSE;
  ok = vg_metadata_requests_all (f->site.config, f->host, &f->taken, &f->error);
  check_result (f, ok, text);
}

static void
look_for_snapshots (Fixture *f, const char *text)
{
  gboolean ok;

  g_clear_error (&f->error);
  f->taken = FALSE;
  ok = vg_new_snapshots_all (f->site.config, f->host, &f->taken, &f->error);
  check_result (f, ok, text);
}

static void
assert_orders (Fixture *f, guint waiting, guint pending)
{
  g_assert_cmpuint (site_count_files (&f->site, "spool"), ==, waiting);
  g_assert_cmpuint (site_count_files (&f->site, "spool/pending"), ==, pending);
}

/* Requests */

static void
test_no_list (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  ask_both (f);
  libvirt_fail ("virConnectListAllDomains", VIR_ERR_INTERNAL_ERROR, 0, 1);
  look_for_requests (f, "virConnectListAllDomains");
  assert_orders (f, 0, 0);
  g_assert_false (f->taken);
  look_for_requests (f, NULL);
  assert_orders (f, 2, 0);
  g_assert_true (f->taken);
}

static void
test_one_unreadable (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  ask_both (f);
  libvirt_fail ("virDomainGetMetadata", VIR_ERR_INTERNAL_ERROR, 0, 1);
  look_for_requests (f, "virDomainGetMetadata");
  assert_orders (f, 1, 0);
  g_assert_true (f->taken);
  look_for_requests (f, NULL);
  assert_orders (f, 2, 0);
}

/* All are: the first one's error is told. */
static void
test_all_unreadable (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_fail ("virDomainGetMetadata", VIR_ERR_INTERNAL_ERROR, 0, 1);
  libvirt_fail ("virDomainGetMetadata", VIR_ERR_OPERATION_FAILED, 0, 0);
  look_for_requests (f, "fails with 1");
  g_assert_false (f->taken);
}

/* The element can't be removed: it stays pending, and is that one later. */
static void
test_not_removed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GPtrArray) before = NULL, after = NULL;

  site_set_metadata (&f->site, 1, REQUEST_URI, "<snapshot name='one'/>");
  libvirt_fail ("virDomainSetMetadata", VIR_ERR_OPERATION_FAILED, 0, 1);
  look_for_requests (f, "virDomainSetMetadata");
  assert_orders (f, 0, 1);
  g_assert_false (f->taken);
  before = vg_spool_list (f->site.dir, TRUE, NULL);
  look_for_requests (f, NULL);
  assert_orders (f, 1, 0);
  after = vg_spool_list (f->site.dir, FALSE, NULL);
  g_assert_cmpstr (((VgOrder *) before->pdata[0])->id, ==,
                   ((VgOrder *) after->pdata[0])->id);
}

/* That it waits can't be answered, which is told. */
static void
test_not_answered (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  site_set_metadata (&f->site, 1, REQUEST_URI, "<snapshot name='one'/>");
  libvirt_fail ("virDomainSetMetadata", VIR_ERR_OPERATION_FAILED, 1, 1);
  look_for_requests (f, NULL);
  assert_orders (f, 1, 0);
  g_assert_true (f->taken);
  g_assert_cmpuint (log_record_count ("PRIORITY=4", "DOMAIN=guest1", "ORDER=*",
                                      "MESSAGE=*virDomainSetMetadata*", NULL),
                    ==, 1);
}

/* Something is where the order is to be moved to. */
static void
test_not_confirmed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *obstacle = workdir_path (f->site.dir, "spool/7.json");

  site_add_order (&f->site, "pending/", "7", "request", 1, "'wish':{}");
  g_assert_cmpint (g_mkdir_with_parents (obstacle, 0700), ==, 0);
  look_for_requests (f, "7");
  assert_orders (f, 0, 1);
  /* The same where the domain still has the element. */
  site_set_metadata (&f->site, 2, REQUEST_URI, "<snapshot/>");
  look_for_requests (f, "7");
  assert_orders (f, 1, 1);
  g_assert_cmpint (g_rmdir (obstacle), ==, 0);
  look_for_requests (f, NULL);
  assert_orders (f, 2, 0);
}

static void
test_policy (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *uuid = site_get_uuid (1);

  g_assert_true (
      vg_metadata_requests_policy (f->site.config, f->host, GONE, &f->error));
  g_assert_no_error (f->error);
  libvirt_fail ("virDomainGetXMLDesc", VIR_ERR_INTERNAL_ERROR, 0, 1);
  g_assert_false (
      vg_metadata_requests_policy (f->site.config, f->host, uuid, &f->error));
  g_assert_nonnull (strstr (f->error->message, "virDomainGetXMLDesc"));
}

/* Each event's part of a policy is looked at. */
static void
test_policy_events (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *policy, *text; /* text: of the answer; NULL: there is none */
  } cases[] = {
    { "<policy><on event='stopped' format='vmdk'/></policy>", "vmdk" },
    { "<policy><on event='backup' type='a' rotation='1' quiesce='odd'/>"
      "</policy>",
      "odd" },
    { "<policy><on event='snapshot' compress='maybe'/></policy>", "maybe" },
    { "<policy><on event='backup' type='a' rotation='1'/></policy>", NULL },
    { "<policy><on event='snapshot' store='any'/></policy>", NULL },
  };
  g_autofree char *uuid = site_get_uuid (1);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *answer = NULL;

    site_set_metadata (&f->site, 1, "urn:virt-glance:status", NULL);
    site_set_metadata (&f->site, 1, POLICY_URI, cases[i].policy);
    g_assert_true (
        vg_metadata_requests_policy (f->site.config, f->host, uuid, &f->error));
    if (cases[i].text != NULL)
      site_assert_status (&f->site, 1, "state=\"failed\"", cases[i].text, NULL);
    answer = site_get_metadata (&f->site, 1, "urn:virt-glance:status");
    g_assert_cmpint (answer == NULL, ==, cases[i].text == NULL);
  }
}

/* Snapshots */

static void
make_snapshot (Fixture *f, guint number, const char *name)
{
  virDomainPtr domain = site_find (&f->site, number);
  g_autofree char *xml = g_strdup_printf (
      "<domainsnapshot><name>%s</name></domainsnapshot>", name);
  virDomainSnapshotPtr snapshot = virDomainSnapshotCreateXML (domain, xml, 0);

  g_assert_nonnull (snapshot);
  virDomainSnapshotFree (snapshot);
  virDomainFree (domain);
}

/* Both domains have a policy, and a snapshot that is new. */
static void
make_snapshots (Fixture *f)
{
  look_for_snapshots (f, NULL);
  for (guint number = 1; number <= 2; number++) {
    site_set_metadata (&f->site, number, POLICY_URI, POLICY);
    make_snapshot (f, number, "saved");
  }
}

static void
test_snapshots_not_listed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_snapshots (f);
  libvirt_fail ("virConnectListAllDomains", VIR_ERR_INTERNAL_ERROR, 0, 1);
  look_for_snapshots (f, "virConnectListAllDomains");
  assert_orders (f, 0, 0);
  libvirt_fail ("virDomainListAllSnapshots", VIR_ERR_INTERNAL_ERROR, 0, 1);
  look_for_snapshots (f, "virDomainListAllSnapshots");
  assert_orders (f, 1, 0);
  look_for_snapshots (f, NULL);
  assert_orders (f, 2, 0);
}

/* The first failure is the one that is told. */
static void
test_snapshots_fail_twice (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_snapshots (f);
  libvirt_fail ("virDomainListAllSnapshots", VIR_ERR_INTERNAL_ERROR, 0, 1);
  libvirt_fail ("virDomainSnapshotGetXMLDesc", VIR_ERR_INTERNAL_ERROR, 0, 0);
  look_for_snapshots (f, "virDomainListAllSnapshots");
  assert_orders (f, 0, 0);
}

/* The snapshots before the failing one are recorded as known. */
static void
test_snapshot_unreadable (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_snapshots (f);
  make_snapshot (f, 1, "later");
  libvirt_fail ("virDomainSnapshotGetXMLDesc", VIR_ERR_INTERNAL_ERROR, 1, 1);
  look_for_snapshots (f, "virDomainSnapshotGetXMLDesc");
  g_assert_true (f->taken);
  look_for_snapshots (f, NULL);
  assert_orders (f, 3, 0);
  look_for_snapshots (f, NULL);
  g_assert_false (f->taken);
}

/* It was deleted after it was listed: there is none. */
static void
test_snapshot_gone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_snapshots (f);
  libvirt_fail ("virDomainSnapshotGetXMLDesc", VIR_ERR_NO_DOMAIN_SNAPSHOT, 0,
                1);
  look_for_snapshots (f, NULL);
  assert_orders (f, 1, 0);
}

static void
test_domain_gone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (vg_new_snapshots_domain (f->site.config, f->host, "gone",
                                          &f->taken, &f->error));
  g_assert_no_error (f->error);
}

/* The domain's policy can't be read: the snapshot stays new. */
static void
test_domain_unreadable (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_snapshots (f);
  libvirt_fail ("virDomainGetXMLDesc", VIR_ERR_INTERNAL_ERROR, 0, 0);
  look_for_snapshots (f, "virDomainGetXMLDesc");
  assert_orders (f, 0, 0);
  libvirt_fault_reset ();
  look_for_snapshots (f, NULL);
  assert_orders (f, 2, 0);
}

/* So it does where the order can't be written. */
static void
test_spool_unwritable (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *file = NULL;

  make_snapshots (f);
  file = workdir_file (f->site.dir, "spool", "in the way");
  look_for_snapshots (f, "state_path");
  g_assert_false (f->taken);
  g_assert_cmpint (g_unlink (file), ==, 0);
  look_for_snapshots (f, NULL);
  assert_orders (f, 2, 0);
}

/* The known snapshots */

static void
test_known_garbage (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *uuid = site_get_uuid (1);
  g_autofree char *name = g_strdup_printf ("seen/%s.json", uuid);
  g_autofree char *file = NULL;

  make_snapshots (f);
  file = workdir_file (f->site.dir, name, "{");
  look_for_snapshots (f, name);
  g_assert_error (f->error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE);
  assert_orders (f, 1, 0);
}

static void
test_since_garbage (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *file = NULL;

  make_snapshots (f);
  file = workdir_file (f->site.dir, "seen/since.json", "{");
  look_for_snapshots (f, "since.json");
  g_assert_false (vg_new_snapshots_domain (f->site.config, f->host, "guest1",
                                           &f->taken, NULL));
  assert_orders (f, 0, 0);
}

/* An order is not lost where it can't be noted what it was for: it is the same
 * order the next time. */
static void
test_known_unwritable (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *uuid = site_get_uuid (1);
  g_autofree char *name = g_strdup_printf ("seen/%s.json", uuid);
  g_autofree char *folder = workdir_path (f->site.dir, name);
  g_autofree char *left = NULL;
  struct utimbuf long_ago = { 1000, 1000 };
  g_autoptr (VgKnownSnapshots) known =
      vg_known_snapshots_load (f->site.dir, uuid, NULL);
  const char *const names[] = { "saved", NULL };

  make_snapshots (f);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  vg_known_snapshots_add (known, "saved", 1);
  g_assert_false (vg_known_snapshots_save (known, names, &f->error));
  g_assert_nonnull (strstr (f->error->message, uuid));
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  left = workdir_file (f->site.dir, "seen/left.json.A1B2C3", "{");
  g_assert_cmpint (utime (left, &long_ago), ==, 0);
  g_assert_true (vg_known_snapshots_save (known, names, NULL));
  g_assert_false (g_file_test (left, G_FILE_TEST_EXISTS));
}

static void
test_no_state (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_free (f->site.config->state_path);
  f->site.config->state_path = workdir_file (f->site.dir, "file", "");
  look_for_snapshots (f, "state_path");
  site_set_metadata (&f->site, 1, REQUEST_URI, "<snapshot/>");
  look_for_requests (f, "state_path");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  log_record_init ();
  fake = fake_new (NULL);
#define ADD(name, function)                                                    \
  g_test_add ("/looking/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("no-list", test_no_list);
  ADD ("one-unreadable", test_one_unreadable);
  ADD ("all-unreadable", test_all_unreadable);
  ADD ("not-removed", test_not_removed);
  ADD ("not-answered", test_not_answered);
  ADD ("not-confirmed", test_not_confirmed);
  ADD ("policy", test_policy);
  ADD ("policy-events", test_policy_events);
  ADD ("snapshots-not-listed", test_snapshots_not_listed);
  ADD ("snapshots-fail-twice", test_snapshots_fail_twice);
  ADD ("snapshot-unreadable", test_snapshot_unreadable);
  ADD ("snapshot-gone", test_snapshot_gone);
  ADD ("domain-gone", test_domain_gone);
  ADD ("domain-unreadable", test_domain_unreadable);
  ADD ("spool-unwritable", test_spool_unwritable);
  ADD ("known-garbage", test_known_garbage);
  ADD ("since-garbage", test_since_garbage);
  ADD ("known-unwritable", test_known_unwritable);
  ADD ("no-state", test_no_state);
  status = g_test_run ();
  fake_free (fake);
  return status;
}

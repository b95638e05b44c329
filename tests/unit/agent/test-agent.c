/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's parts: choosing the next order, accepting requests from metadata
 * (with libvirt's test driver; see test-host.c), and the status element. */
#include <libvirt/libvirt.h>
#include <glib/gstdio.h>
#include <string.h>

#include "agent/new-snapshots.h"
#include "agent/queue.h"
#include "agent/known-snapshots.h"
#include "agent/status.h"
#include "agent/metadata-requests.h"
#include "domain/domain.h"
#include "request/metadata.h"
#include "request/policy.h"
#include "host/metadata.h"
#include "request/spool.h"
#include "lib/workdir.h"

#define URI "test:///default"
#define UUID "6695eb01-f6a4-8304-79aa-97f2502e193f"

/* The queue */

static VgOrder *
order_new (const char *id, const char *uuid)
{
  VgOrder *order = vg_order_new (VG_ORDER_REQUEST, uuid, "guest");

  order->id = g_strdup (id);
  return order;
}

/* Starts the next order, which must have that id; NULL: there must be none. */
static const VgOrder *
start_order (VgQueue *queue, gint64 now, const char *id)
{
  guint tries = 0;
  const VgOrder *order = vg_queue_begin (queue, now, &tries);

  g_assert_cmpstr (order != NULL ? order->id : NULL, ==, id);
  return order;
}

static void
test_limit (void)
{
  g_autoptr (VgQueue) queue = vg_queue_new (2);
  const VgOrder *first;

  vg_queue_add (queue, order_new ("3", "c"));
  vg_queue_add (queue, order_new ("1", "a"));
  vg_queue_add (queue, order_new ("2", "b"));
  vg_queue_add (queue, order_new ("2", "b"));
  g_assert_cmpuint (vg_queue_count (queue), ==, 3);
  first = start_order (queue, 1, "1");
  start_order (queue, 1, "2");
  start_order (queue, 1, NULL);
  vg_queue_add (queue, order_new ("1", "a"));
  g_assert_cmpuint (vg_queue_count_running (queue), ==, 2);
  vg_queue_end (queue, first, 0);
  start_order (queue, 1, "3");
  g_assert_cmpuint (vg_queue_count (queue), ==, 2);
}

static void
test_one_a_domain (void)
{
  g_autoptr (VgQueue) queue = vg_queue_new (0);
  g_autoptr (VgQueue) wide = vg_queue_new (9);
  const VgOrder *order;

  vg_queue_add (queue, order_new ("1", "a"));
  vg_queue_add (queue, order_new ("2", "b"));
  start_order (queue, 1, "1");
  start_order (queue, 1, NULL);

  vg_queue_add (wide, order_new ("1", "a"));
  vg_queue_add (wide, order_new ("2", "A"));
  vg_queue_add (wide, order_new ("3", "b"));
  order = start_order (wide, 1, "1");
  start_order (wide, 1, "3");
  start_order (wide, 1, NULL);
  vg_queue_end (wide, order, 0);
  start_order (wide, 1, "2");
}

static void
test_again (void)
{
  g_autoptr (VgQueue) queue = vg_queue_new (1);
  const VgOrder *order;
  guint tries = 9;

  vg_queue_add (queue, order_new ("1", "a"));
  vg_queue_add (queue, order_new ("2", "b"));
  g_assert_cmpint (vg_queue_next_time (queue), ==, 0);
  order = vg_queue_begin (queue, 10, &tries);
  g_assert_cmpuint (tries, ==, 0);
  vg_queue_end (queue, order, 100);
  g_assert_cmpint (vg_queue_next_time (queue), ==, 100);
  order = start_order (queue, 99, "2");
  vg_queue_end (queue, order, 0);
  start_order (queue, 99, NULL);
  order = vg_queue_begin (queue, 100, &tries);
  g_assert_cmpstr (order->id, ==, "1");
  g_assert_cmpuint (tries, ==, 1);
}

/* Accepting requests */

typedef struct {
  char *dir;
  VgConfig *config;
  VgHost *host;
  VgGuest *guest;
} Fixture;

static void
set_up (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  fix->dir = workdir_new ();
  fix->config = vg_config_new ();
  g_free (fix->config->state_path);
  fix->config->state_path = g_strdup (fix->dir);
  g_free (fix->config->policy_directory);
  fix->config->policy_directory = workdir_path (fix->dir, "policy.d");
  fix->host = vg_host_new (URI);
  fix->guest = vg_guest_find (fix->host, "test", &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  vg_guest_free (fix->guest);
  vg_host_free (fix->host);
  vg_config_free (fix->config);
  workdir_remove (fix->dir);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
put_metadata (Fixture *fix, const char *uri, const char *xml)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = vg_guest_set_metadata (fix->guest, "glance", uri, xml, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

static char *
get_metadata (Fixture *fix, const char *uri)
{
  g_autoptr (GError) error = NULL;
  char *xml = NULL;

  g_assert_true (vg_guest_get_metadata (fix->guest, uri, &xml, &error));
  return xml;
}

static void
assert_status (Fixture *fix, const char *text)
{
  g_autofree char *xml = get_metadata (fix, VG_STATUS_URI);

  if (xml == NULL || strstr (xml, text) == NULL)
    g_error ("no '%s' in %s", text, xml != NULL ? xml : "nothing");
}

static gboolean
accept_requests (Fixture *fix)
{
  g_autoptr (GError) error = NULL;
  gboolean taken = FALSE;
  gboolean ok =
      vg_metadata_requests_all (fix->config, fix->host, &taken, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  return taken;
}

/* The only waiting order, or NULL; no order is pending. */
static VgOrder *
get_order (Fixture *fix)
{
  g_autoptr (GPtrArray) pending = vg_spool_list (fix->dir, TRUE);
  g_autoptr (GPtrArray) all = vg_spool_list (fix->dir, FALSE);

  g_assert_cmpuint (pending->len, ==, 0);
  g_assert_cmpuint (all->len, <=, 1);
  return all->len == 1 ? g_steal_pointer (&all->pdata[0]) : NULL;
}

static void
test_take (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) order = NULL;
  g_autofree char *left = NULL;

  g_assert_false (accept_requests (fix));
  put_metadata (fix, VG_REQUEST_URI, "<snapshot name='x' store='fast'/>");
  g_assert_true (accept_requests (fix));
  order = get_order (fix);
  g_assert_cmpstr (order->uuid, ==, UUID);
  g_assert_cmpstr (order->domain, ==, "test");
  g_assert_cmpstr (order->request->name, ==, "x");
  g_assert_cmpstr (order->request->store, ==, "fast");
  left = get_metadata (fix, VG_REQUEST_URI);
  g_assert_null (left);
  assert_status (fix, "state=\"waiting\"");
  g_assert_false (accept_requests (fix));
}

/* A second request isn't lost: the running domain has one, its persistent
 * definition another. */
static void
test_take_two (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  virConnectPtr connection = virConnectOpen (URI);
  virDomainPtr domain = virDomainLookupByName (connection, "test");
  g_autoptr (GPtrArray) all = NULL;
  g_autofree char *left = NULL;
  int result;

  put_metadata (fix, VG_REQUEST_URI, "<snapshot name='first'/>");
  result = virDomainSetMetadata (domain, VIR_DOMAIN_METADATA_ELEMENT,
                                 "<snapshot name='second'/>", "glance",
                                 VG_REQUEST_URI, VIR_DOMAIN_AFFECT_CONFIG);
  virDomainFree (domain);
  virConnectClose (connection);
  g_assert_cmpint (result, ==, 0);
  g_assert_true (accept_requests (fix));
  left = get_metadata (fix, VG_REQUEST_URI);
  g_assert_nonnull (left);
  g_assert_true (accept_requests (fix));
  g_assert_null (get_metadata (fix, VG_REQUEST_URI));
  all = vg_spool_list (fix->dir, FALSE);
  g_assert_cmpuint (all->len, ==, 2);
}

static void
test_take_wrong (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) order = NULL;

  put_metadata (fix, VG_REQUEST_URI, "<snapshot nam='x'/>");
  g_assert_true (accept_requests (fix));
  order = get_order (fix);
  g_assert_null (order->request);
  g_assert_nonnull (strstr (order->problem, "'nam' is not known"));
}

/* A crash after the order was written: the metadata still have the request. */
static void
test_died_before_removal (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) order = NULL;
  g_autoptr (VgOrder) pending = vg_order_new (VG_ORDER_REQUEST, UUID, "test");

  put_metadata (fix, VG_REQUEST_URI, "<snapshot name='x'/>");
  pending->request = vg_request_new (NULL);
  pending->element = get_metadata (fix, VG_REQUEST_URI);
  g_assert_true (vg_spool_add (fix->dir, pending, TRUE, NULL));
  g_assert_true (accept_requests (fix));
  order = get_order (fix);
  g_assert_cmpstr (order->id, ==, pending->id);
  g_assert_null (get_metadata (fix, VG_REQUEST_URI));
}

/* A crash after the metadata were removed. */
static void
test_died_after_removal (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) order = NULL;
  g_autoptr (VgOrder) pending = vg_order_new (VG_ORDER_REQUEST, UUID, "test");

  pending->request = vg_request_new (NULL);
  pending->element = g_strdup ("<snapshot/>");
  g_assert_true (vg_spool_add (fix->dir, pending, TRUE, NULL));
  g_assert_true (accept_requests (fix));
  order = get_order (fix);
  g_assert_cmpstr (order->id, ==, pending->id);
}

/* A crash, then a different request: both are processed. */
static void
test_died_and_asked_again (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) pending = vg_order_new (VG_ORDER_REQUEST, UUID, "test");
  g_autoptr (GPtrArray) all = NULL;

  put_metadata (fix, VG_REQUEST_URI, "<snapshot name='second'/>");
  pending->request = vg_request_new (NULL);
  pending->element = g_strdup ("<snapshot name='first'/>");
  g_assert_true (vg_spool_add (fix->dir, pending, TRUE, NULL));
  g_assert_true (accept_requests (fix));
  all = vg_spool_list (fix->dir, FALSE);
  g_assert_cmpuint (all->len, ==, 2);
}

/* The domain was deleted meanwhile. */
static void
test_died_and_gone (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) pending = vg_order_new (
      VG_ORDER_REQUEST, "00000000-0000-4000-8000-000000000000", "gone");
  g_autoptr (VgOrder) order = NULL;

  pending->request = vg_request_new (NULL);
  pending->element = g_strdup ("<snapshot/>");
  g_assert_true (vg_spool_add (fix->dir, pending, TRUE, NULL));
  g_assert_true (accept_requests (fix));
  order = get_order (fix);
  g_assert_cmpstr (order->domain, ==, "gone");
}

static void
test_full_disk (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *file = workdir_file (fix->dir, "spool", "in the way");
  g_autofree char *left = NULL;
  g_autoptr (GError) error = NULL;
  gboolean taken = FALSE;

  put_metadata (fix, VG_REQUEST_URI, "<snapshot/>");
  g_assert_false (
      vg_metadata_requests_all (fix->config, fix->host, &taken, &error));
  g_assert_nonnull (error);
  left = get_metadata (fix, VG_REQUEST_URI);
  g_assert_nonnull (left);
}

static void
test_policy (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  put_metadata (fix, VG_POLICY_URI, "<policy><on event='stopped'/></policy>");
  g_assert_true (
      vg_metadata_requests_policy (fix->config, fix->host, UUID, &error));
  g_assert_null (get_metadata (fix, VG_STATUS_URI));
  put_metadata (fix, VG_POLICY_URI, "<policy><on event='stoped'/></policy>");
  g_assert_true (
      vg_metadata_requests_policy (fix->config, fix->host, UUID, &error));
  assert_status (fix, "unknown event 'stoped'");
  put_metadata (fix, VG_POLICY_URI,
                "<policy><on event='stopped' format='vmdk'/></policy>");
  g_assert_true (
      vg_metadata_requests_policy (fix->config, fix->host, UUID, &error));
  assert_status (fix, "format is raw or qcow2");
  g_assert_no_error (error);
}

/* Detecting snapshots */

static virDomainPtr
get_domain (virConnectPtr *connection)
{
  *connection = virConnectOpen (URI);
  return virDomainLookupByUUIDString (*connection, UUID);
}

/* The test driver uses the creationTime of a "redefined" snapshot. */
static void
make_snapshot (const char *name, gint64 created)
{
  virConnectPtr connection;
  virDomainPtr domain = get_domain (&connection);
  g_autofree char *inner = virDomainGetXMLDesc (domain, 0);
  g_autofree char *xml = g_strdup_printf (
      "<domainsnapshot><name>%s</name><state>shutoff</state>"
      "<creationTime>%" G_GINT64_FORMAT "</creationTime>%s</domainsnapshot>",
      name, created, inner);
  virDomainSnapshotPtr snapshot = virDomainSnapshotCreateXML (
      domain, xml, VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE);

  g_assert_nonnull (snapshot);
  virDomainSnapshotFree (snapshot);
  virDomainFree (domain);
  virConnectClose (connection);
}

static void
delete_snapshots (void)
{
  virConnectPtr connection;
  virDomainPtr domain = get_domain (&connection);
  virDomainSnapshotPtr *all = NULL;
  int n = virDomainListAllSnapshots (domain, &all, 0);

  for (int i = 0; i < n; i++) {
    g_assert_cmpint (virDomainSnapshotDelete (all[i], 0), ==, 0);
    virDomainSnapshotFree (all[i]);
  }
  free (all);
  virDomainFree (domain);
  virConnectClose (connection);
}

static gboolean
check_snapshots (Fixture *fix)
{
  g_autoptr (GError) error = NULL;
  gboolean taken = FALSE;
  gboolean ok = vg_new_snapshots_all (fix->config, fix->host, &taken, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  return taken;
}

static void
drop_orders (Fixture *fix)
{
  g_autoptr (GPtrArray) all = vg_spool_list (fix->dir, FALSE);

  for (guint i = 0; i < all->len; i++)
    g_assert_true (vg_spool_remove (fix->dir, all->pdata[i], NULL));
}

static gint64
get_time (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static void
test_notice (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) order = NULL, again = NULL;
  gint64 later = get_time () + 5;

  put_metadata (fix, VG_POLICY_URI,
                "<policy><on event='snapshot' store='cheap'/></policy>");
  make_snapshot ("old", get_time () - 5);
  g_assert_false (check_snapshots (fix));
  make_snapshot ("new", later);
  g_assert_true (check_snapshots (fix));
  order = get_order (fix);
  g_assert_cmpint (order->kind, ==, VG_ORDER_SNAPSHOT);
  g_assert_cmpint (order->created, ==, later);
  g_assert_cmpstr (order->request->from, ==, "new");
  g_assert_cmpstr (order->request->store, ==, "cheap");
  g_assert_false (check_snapshots (fix));
  drop_orders (fix);
  g_assert_false (check_snapshots (fix));
  /* Redefined with the same time, it is known; with another time, it is new. */
  delete_snapshots ();
  make_snapshot ("new", later);
  g_assert_false (check_snapshots (fix));
  delete_snapshots ();
  make_snapshot ("new", later + 1);
  g_assert_true (check_snapshots (fix));
  again = get_order (fix);
  g_assert_cmpstr (again->id, >, order->id);
  delete_snapshots ();
}

/* A crash after the order was written: the same order again. */
static void
test_notice_died (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *seen = workdir_path (fix->dir, "seen/" UUID ".json");
  g_autoptr (VgOrder) first = NULL, second = NULL;

  put_metadata (fix, VG_POLICY_URI, "<policy><on event='snapshot'/></policy>");
  g_assert_false (check_snapshots (fix));
  make_snapshot ("new", get_time () + 5);
  g_assert_true (check_snapshots (fix));
  first = get_order (fix);
  g_assert_cmpint (g_unlink (seen), ==, 0);
  check_snapshots (fix);
  second = get_order (fix);
  g_assert_cmpstr (first->id, ==, second->id);
  delete_snapshots ();
}

/* Snapshots taken without a policy get no order later; an invalid policy is a
 * problem of the order. */
static void
test_notice_policy (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgOrder) order = NULL;

  g_assert_false (check_snapshots (fix));
  make_snapshot ("unwanted", get_time () + 5);
  g_assert_false (check_snapshots (fix));
  put_metadata (fix, VG_POLICY_URI, "<policy><on event='snapshot'/></policy>");
  g_assert_false (check_snapshots (fix));
  put_metadata (fix, VG_POLICY_URI, "<policy><on event='snapshots'/></policy>");
  make_snapshot ("wrong", get_time () + 5);
  g_assert_true (check_snapshots (fix));
  order = get_order (fix);
  g_assert_null (order->request);
  g_assert_nonnull (strstr (order->problem, "unknown event 'snapshots'"));
  delete_snapshots ();
}

/* Of deleted snapshots only the latest are kept, of existing ones all. */
static void
test_seen (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  const char *const there[] = { "0", "1", NULL };
  g_autoptr (VgKnownSnapshots) seen =
      vg_known_snapshots_load (fix->dir, UUID, NULL);
  g_autoptr (VgKnownSnapshots) read = NULL;

  for (guint i = 0; i < 150; i++) {
    g_autofree char *name = g_strdup_printf ("%u", i);

    vg_known_snapshots_add (seen, name, i);
  }
  g_assert_true (vg_known_snapshots_save (seen, there, NULL));
  read = vg_known_snapshots_load (fix->dir, UUID, NULL);
  g_assert_true (vg_known_snapshots_has (read, "0", 0));
  g_assert_true (vg_known_snapshots_has (read, "1", 1));
  g_assert_false (vg_known_snapshots_has (read, "1", 0));
  g_assert_false (vg_known_snapshots_has (read, "2", 2));
  g_assert_false (vg_known_snapshots_has (read, "49", 49));
  g_assert_true (vg_known_snapshots_has (read, "50", 50));
  g_assert_true (vg_known_snapshots_has (read, "149", 149));
}

/* The status */

static void
test_status (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) journal = vg_journal_new (fix->dir);
  VgJobImage *image = vg_journal_add_image (journal);
  VgStatus status = { .state = VG_STATUS_DONE,
                      .order = "17",
                      .job = "abcd",
                      .percent = -1,
                      .journal = journal };
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;

  image->id = g_strdup ("3f1a5c1e-0d5b-4d4e-9a35-6d1f0c0a77e2");
  image->name = g_strdup ("a <name> & 'more'\n\033[1m");
  image->disk = g_strdup ("vda");
  image->store = g_strdup ("fast");
  image->rule = g_strdup ("base-image");
  image->size = 512;
  g_assert_true (vg_status_put (fix->guest, &status, &error));
  g_assert_no_error (error);
  xml = get_metadata (fix, VG_STATUS_URI);
  g_assert_nonnull (strstr (xml, "state=\"done\""));
  g_assert_nonnull (strstr (xml, "job=\"abcd\""));
  g_assert_nonnull (
      strstr (xml, "id=\"3f1a5c1e-0d5b-4d4e-9a35-6d1f0c0a77e2\""));
  g_assert_nonnull (strstr (xml, "store=\"fast\""));
  g_assert_nonnull (strstr (xml, "rule=\"base-image\""));
  g_assert_null (strstr (xml, "progress"));
}

static void
test_status_words (void)
{
  VgStatus failed = { .state = VG_STATUS_FAILED,
                      .percent = -1,
                      .text = "a < b & c\x01" };
  VgStatus skipped = { .state = VG_STATUS_SKIPPED, .percent = -1, .text = "x" };
  VgStatus running = { .state = VG_STATUS_RUNNING, .percent = 42 };
  g_autofree char *one = vg_status_to_xml (&failed);
  g_autofree char *two = vg_status_to_xml (&skipped);
  g_autofree char *three = vg_status_to_xml (&running);

  g_assert_nonnull (strstr (one, "<error>a &lt; b &amp; c\\x01</error>"));
  g_assert_nonnull (strstr (two, "<reason>x</reason>"));
  g_assert_nonnull (strstr (three, "progress='42'"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agent/limit", test_limit);
  g_test_add_func ("/agent/one-a-domain", test_one_a_domain);
  g_test_add_func ("/agent/again", test_again);
#define ADD(name, function)                                                    \
  g_test_add ("/agent/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("take", test_take);
  ADD ("take-two", test_take_two);
  ADD ("take-wrong", test_take_wrong);
  ADD ("died-before-removal", test_died_before_removal);
  ADD ("died-after-removal", test_died_after_removal);
  ADD ("died-and-asked-again", test_died_and_asked_again);
  ADD ("died-and-gone", test_died_and_gone);
  ADD ("full-disk", test_full_disk);
  ADD ("policy", test_policy);
  ADD ("notice", test_notice);
  ADD ("notice-died", test_notice_died);
  ADD ("notice-policy", test_notice_policy);
  ADD ("seen", test_seen);
  ADD ("status", test_status);
  g_test_add_func ("/agent/status-words", test_status_words);
  return g_test_run ();
}

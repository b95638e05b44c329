/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's daemon: how orders come to it, and in which order they are
 * carried out. Time is what the test makes it. */
#include <stdio.h>
#include <unistd.h>

#include "lib/daemon-fixture.h"
#include "lib/libvirt-fault.h"
#include "lib/log-record.h"
#include "lib/test-clock.h"
#include "lib/workdir.h"
#include "request/spool.h"

#define STATUS_URI "urn:virt-glance:status"

/* Where orders come from */

static void
test_spool (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  daemon_add (f, "1", 1, "before");
  daemon_start (&f->daemon);
  site_await_status (&f->site, 1, "state=\"done\"", "order=\"1\"", NULL);
  daemon_add (f, "2", 1, "after");
  site_await_status (&f->site, 1, "state=\"done\"", "order=\"2\"", NULL);
  site_await_spool (&f->site);
  g_assert_cmpuint (site_count_images (&f->site, "before"), ==, 1);
  g_assert_cmpuint (site_count_images (&f->site, "after"), ==, 1);
}

static void
test_bad_file (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *bad = NULL, *kept = NULL;

  g_assert_true (vg_spool_prepare (f->site.dir, NULL));
  bad = workdir_file (f->site.dir, "spool/0.json", "{ no order");
  daemon_add (f, "1", 1, "good");
  daemon_start (&f->daemon);
  site_await_status (&f->site, 1, "state=\"done\"", "order=\"1\"", NULL);
  site_await_spool (&f->site);
  g_assert_cmpuint (site_count_files (&f->site, "spool/bad"), ==, 1);
  g_assert_cmpuint (log_record_count ("MESSAGE=*0.json*bad*", NULL), ==, 1);
}

static void
test_request (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  site_set_metadata (&f->site, 1, REQUEST_URI, "<snapshot name='before'/>");
  daemon_start (&f->daemon);
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"before\"", NULL);
  g_assert_null (site_get_metadata (&f->site, 1, REQUEST_URI));
  site_set_metadata (&f->site, 1, REQUEST_URI,
                     "<snapshot name='after' store='cheap'/>");
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"after\"",
                     "store=\"cheap\"", NULL);
  site_await_spool (&f->site);
  g_assert_null (site_get_metadata (&f->site, 1, REQUEST_URI));
}

/* Each of these is refused with the reason, and removed. */
static void
test_bad_requests (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *element, *reason;
  } cases[] = {
    { "<snapshot nam='x'/>", "nam" },
    { "<reboot/>", "reboot" },
    { "<snapshot format='vmdk'/>", "vmdk" },
    { "<snapshot store='nowhere'/>", "nowhere" },
    { "<snapshot disks='vdz'/>", "vdz" },
    { "<backup type='daily'/>", "rotation" },
    { "<backup type='daily' rotation='many'/>", "rotation" },
    { "<snapshot from='none'/>", "none" },
  };

  daemon_start (&f->daemon);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    site_set_metadata (&f->site, 1, STATUS_URI, NULL);
    site_set_metadata (&f->site, 1, REQUEST_URI, cases[i].element);
    site_await_status (&f->site, 1, "state=\"failed\"", "<error>",
                       cases[i].reason, NULL);
    site_await_spool (&f->site);
    g_assert_null (site_get_metadata (&f->site, 1, REQUEST_URI));
  }
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 0);
}

/* While the host is being drained, requests are taken, and wait. */
static void
test_drained (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *drain = workdir_file (f->site.dir, "drain", "");

  g_free (f->site.config->drain_file);
  f->site.config->drain_file = g_strdup (drain);
  daemon_add (f, "1", 1, "before");
  daemon_start (&f->daemon);
  daemon_await_notice (&f->daemon, "STATUS=0 of 1 orders running; the host is "
                                   "being drained");
  site_set_metadata (&f->site, 1, REQUEST_URI, "<snapshot name='asked'/>");
  site_await_status (&f->site, 1, "state=\"waiting\"", NULL);
  daemon_await_notice (&f->daemon, "STATUS=0 of 2 orders running; the host is "
                                   "being drained");
  g_assert_cmpuint (site_count_requests (&f->site, "POST", "/v2/images"), ==,
                    0);
  g_assert_cmpuint (log_record_count ("MESSAGE=*drained*drain exists*", NULL),
                    ==, 1);
  g_assert_cmpint (unlink (drain), ==, 0);
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"asked\"", NULL);
  site_await_spool (&f->site);
  g_assert_cmpuint (site_count_images (&f->site, "before"), ==, 1);
}

/* A second request is taken while the first one is carried out, and done after
 * it. */
static void
test_second_request (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  daemon_hold (f, 0);
  daemon_start (&f->daemon);
  site_set_metadata (&f->site, 1, REQUEST_URI, "<snapshot name='first'/>");
  site_await_requests (&f->site, "PUT", SITE_PUTS, 1);
  site_set_metadata (&f->site, 1, REQUEST_URI, "<snapshot name='second'/>");
  site_await_status (&f->site, 1, "state=\"waiting\"", NULL);
  g_assert_null (site_get_metadata (&f->site, 1, REQUEST_URI));
  g_assert_cmpuint (site_count_requests (&f->site, "POST", "/v2/images"), ==,
                    1);
  daemon_release (f);
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"second\"", NULL);
  site_await_spool (&f->site);
  g_assert_cmpuint (site_count_images (&f->site, "first"), ==, 1);
}

/* What came while no event told of it is found once a minute. */
static void
test_reconcile (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  daemon_start (&f->daemon);
  daemon_await_look (f);
  libvirt_set_deaf (TRUE);
  site_set_metadata (&f->site, 1, REQUEST_URI, "<snapshot name='quiet'/>");
  daemon_add (f, "1", 1, "loud");
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"loud\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, "quiet"), ==, 0);
  test_clock_advance (61 * DAEMON_SECOND);
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"quiet\"", NULL);
  site_await_spool (&f->site);
}

/* A spool that can't be read isn't taken for an empty one. */
static void
test_unreadable_spool (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *spool = workdir_path (f->site.dir, "spool");
  g_autofree char *away = workdir_path (f->site.dir, "away");

  daemon_start (&f->daemon);
  log_record_await ("MESSAGE=connected to libvirt*", NULL);
  g_assert_cmpint (rename (spool, away), ==, 0);
  g_free (workdir_file (f->site.dir, "spool", ""));
  test_clock_advance (61 * DAEMON_SECOND);
  log_record_await ("PRIORITY=4", "MESSAGE=no orders are taken: *spool*", NULL);
  g_assert_cmpint (unlink (spool), ==, 0);
  g_assert_cmpint (rename (away, spool), ==, 0);
  daemon_add (f, "1", 1, "loud");
  test_clock_advance (61 * DAEMON_SECOND);
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"loud\"", NULL);
  site_await_spool (&f->site);
}

/* Policies */

static void
test_bad_policy (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  daemon_start (&f->daemon);
  daemon_await_look (f);
}

/* Notes of libvirt's, of which the agent sees that they have changed. */
static void
note_snapshot (DaemonFixture *f, guint number)
{
  g_autofree char *name = g_strdup_printf ("snapshot/guest%u", number);
  g_autofree char *folder = workdir_path (f->site.dir, name);
  g_autofree char *path = g_build_filename (folder, "saved.xml", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "", -1, NULL));
}

static void
make_snapshot (DaemonFixture *f, guint number)
{
  virDomainPtr domain = site_find (&f->site, number);
  virDomainSnapshotPtr snapshot;

  snapshot = virDomainSnapshotCreateXML (
      domain, "<domainsnapshot><name>saved</name></domainsnapshot>", 0);
  g_assert_nonnull (snapshot);
  virDomainSnapshotFree (snapshot);
  virDomainFree (domain);
  note_snapshot (f, number);
}

/* A new snapshot of libvirt's is noticed by its notes, once, even if the agent
 * is started again; what the domain's policy or a file wants is tried. (The
 * test driver's snapshot has nothing in the disk.) */
static void
test_snapshot (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *folder = workdir_path (f->site.dir, "policy.d");
  g_autofree char *file = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  file = workdir_file (f->site.dir, "policy.d/a.conf",
                       "[a]\non = snapshot\ndomain = guest2\nstore = fast\n");
  site_define (&f->site, 2, "");
  note_snapshot (f, 1);
  daemon_start (&f->daemon);
  log_record_await ("MESSAGE=connected to libvirt*", NULL);
  site_set_metadata (&f->site, 1, POLICY_URI,
                     "<policy><on event='snapshot' store='cheap'/></policy>");
  make_snapshot (f, 1);
  make_snapshot (f, 2);
  site_await_status (&f->site, 1, "state=\"failed\"", "saved", NULL);
  site_await_status (&f->site, 2, "state=\"failed\"", "saved", NULL);
  site_await_spool (&f->site);
  daemon_stop (&f->daemon);
  daemon_start (&f->daemon);
  note_snapshot (f, 1);
  test_clock_advance (61 * DAEMON_SECOND);
  daemon_add (f, "9", 1, "last");
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"last\"", NULL);
  daemon_stop (&f->daemon);
  g_assert_cmpuint (log_record_count ("ORDER=*", "MESSAGE=*snapshot 'saved'*",
                                      "DOMAIN=guest?", NULL),
                    ==, 4);
}

/* One after the other, and side by side */

/* The two of a domain are carried out by age, though there are workers. */
static void
test_two_of_a_domain (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->site.config->workers = 3;
  daemon_hold (f, 0);
  daemon_add (f, "1", 1, "older");
  daemon_add (f, "2", 1, "younger");
  daemon_start (&f->daemon);
  site_await_requests (&f->site, "PUT", SITE_PUTS, 1);
  daemon_await_notice (&f->daemon, "STATUS=1 of 2 orders running");
  g_assert_cmpuint (site_count_requests (&f->site, "POST", "/v2/images"), ==,
                    1);
  daemon_release (f);
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"younger\"", NULL);
  site_await_spool (&f->site);
  daemon_await_notice (&f->daemon, "STATUS=0 of 0 orders running");
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 2);
  g_assert_cmpuint (log_record_count ("MESSAGE=*trying again*", NULL), ==, 0);
}

/* Three domains, of which two are at work at a time. */
static void
test_side_by_side (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->site.config->workers = 2;
  site_define (&f->site, 2, "");
  site_define (&f->site, 3, "");
  daemon_hold (f, 0);
  daemon_hold (f, 0);
  daemon_add (f, "1", 1, "one");
  daemon_add (f, "2", 2, "two");
  daemon_add (f, "3", 3, "three");
  daemon_start (&f->daemon);
  site_await_requests (&f->site, "PUT", SITE_PUTS, 2);
  daemon_await_notice (&f->daemon, "STATUS=2 of 3 orders running");
  g_assert_cmpuint (site_count_requests (&f->site, "POST", "/v2/images"), ==,
                    2);
  g_assert_cmpuint (site_count_files (&f->site, "jobs"), ==, 2);
  daemon_release (f);
  site_await_status (&f->site, 3, "state=\"done\"", NULL);
  site_await_spool (&f->site);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 3);
}

/* With one worker, that is when the main loop is done with all before, and has
 * begun none that is older. */
static void
await_turn (DaemonFixture *f, const char *id)
{
  g_autofree char *order = g_strdup_printf ("order=\"%s\"", id);

  site_add_order (&f->site, "", id, "request", 2, "'problem':'none'");
  site_await_status (&f->site, 2, "state=\"failed\"", order, NULL);
}

static void
assert_tries (DaemonFixture *f, guint n)
{
  g_assert_cmpuint (site_count_requests (&f->site, "POST", "/v2/images"), ==,
                    n);
}

/* Trying again: after 5 s, and then after twice as long. */
static void
test_try_again (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->site.config->workers = 1;
  fake_control (f->site.fake, "{'rules':[{'method':'POST','path':'/v2/images',"
                              "'status':503,'times':2}]}");
  site_define (&f->site, 2, "");
  daemon_add (f, "1", 1, "late");
  daemon_start (&f->daemon);
  site_await_status (&f->site, 1, "state=\"waiting\"", "503", NULL);
  await_turn (f, "2");
  test_clock_advance (4 * DAEMON_SECOND);
  await_turn (f, "3");
  assert_tries (f, 1);
  log_record_clear ();
  test_clock_advance (2 * DAEMON_SECOND);
  log_record_await ("ORDER=1", "MESSAGE=*trying again*", NULL);
  await_turn (f, "4");
  test_clock_advance (9 * DAEMON_SECOND);
  await_turn (f, "5");
  assert_tries (f, 2);
  test_clock_advance (2 * DAEMON_SECOND);
  site_await_status (&f->site, 1, "state=\"done\"", NULL);
  site_await_spool (&f->site);
  assert_tries (f, 3);
}

/* Tries and pauses go on where they were when the agent ended; also if the try
 * fails while it is being stopped. */
static void
test_restarted (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GPtrArray) orders = NULL;
  const VgOrder *order;

  fake_control (f->site.fake, "{'rules':[{'method':'POST','path':'/v2/images',"
                              "'status':503,'times':1,'hold':true}]}");
  daemon_add (f, "1", 1, "late");
  daemon_start (&f->daemon);
  site_await_requests (&f->site, "POST", "/v2/images", 1);
  daemon_signal (SIGTERM);
  log_record_await ("MESSAGE=stopping*1*", NULL);
  daemon_release (f);
  daemon_join (&f->daemon);
  site_assert_status (&f->site, 1, "state=\"waiting\"", "503", NULL);
  orders = vg_spool_look (f->site.dir, NULL);
  g_assert_cmpuint (orders->len, ==, 1);
  order = orders->pdata[0];
  g_assert_cmpuint (order->tries, ==, 1);
  g_assert_cmpint (order->tried, >=, g_get_real_time () / DAEMON_SECOND - 60);
  g_assert_true (vg_spool_remove (f->site.dir, order, NULL));
}

/* (Its eighth pause is the longest one, so that time stands still for it.) */
static void
test_waits_on (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *rest = g_strdup_printf (
      "'wish':{'name':'late'},'tries':8,'tried':%" G_GINT64_FORMAT,
      g_get_real_time () / DAEMON_SECOND);

  site_define (&f->site, 2, "");
  site_add_order (&f->site, "", "1", "request", 1, rest);
  daemon_start (&f->daemon);
  daemon_add (f, "2", 2, "other");
  site_await_status (&f->site, 2, "state=\"done\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, "late"), ==, 0);
  test_clock_advance (601 * DAEMON_SECOND);
  site_await_status (&f->site, 1, "state=\"done\"", NULL);
  site_await_spool (&f->site);
}

static void
add_tests (Fake *fake)
{
#define ADD(name, function) daemon_fixture_add (fake, "/daemon/" name, function)
  ADD ("spool", test_spool);
  ADD ("bad-file", test_bad_file);
  ADD ("request", test_request);
  ADD ("bad-requests", test_bad_requests);
  ADD ("drained", test_drained);
  ADD ("second-request", test_second_request);
  ADD ("reconcile", test_reconcile);
  ADD ("unreadable-spool", test_unreadable_spool);
  ADD ("bad-policy", test_bad_policy);
  ADD ("snapshot", test_snapshot);
  ADD ("two-of-a-domain", test_two_of_a_domain);
  ADD ("side-by-side", test_side_by_side);
  ADD ("try-again", test_try_again);
  ADD ("restarted", test_restarted);
  ADD ("waits-on", test_waits_on);
}

int
main (int argc, char **argv)
{
  return site_main (argc, argv, add_tests);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's daemon: how orders come to it, in which order they are carried
 * out, how it starts and stops, and what it does when libvirt goes away. Time
 * is what the test makes it. */
#include <glib/gstdio.h>
#include <libvirt/virterror.h>
#include <signal.h>
#include <string.h>

#include "agent/agent.h"
#include "journal/journal.h"
#include "journal/lock.h"
#include "lib/agent-daemon.h"
#include "lib/await.h"
#include "lib/job-file.h"
#include "lib/libvirt-fault.h"
#include "lib/log-record.h"
#include "lib/qemu.h"
#include "lib/test-clock.h"
#include "lib/workdir.h"
#include "request/spool.h"

#define STATUS_URI "urn:virt-glance:status"
#define REQUEST_URI "urn:virt-glance:request"
#define POLICY_URI "urn:virt-glance:policy"
#define PUT "'method':'PUT','path':'/v2/images/[^/]*/file'"
#define PUTS "/v2/images/*/file"
#define SECOND G_USEC_PER_SEC

static Fake *fake;

typedef struct {
  Site site;
  Daemon daemon;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_fault_reset ();
  log_record_clear ();
  site_init (&f->site, fake);
  site_define (&f->site, 1, "");
  daemon_init (&f->daemon, &f->site);
}

/* Nothing that it leaves in the main loop is called later. */
static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  if (f->daemon.thread != NULL)
    daemon_stop (&f->daemon);
  libvirt_fault_reset ();
  daemon_clear (&f->daemon);
  site_clear (&f->site);
  test_clock_advance (3600 * (gint64) SECOND);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
add (Fixture *f, const char *id, guint number, const char *name)
{
  g_autofree char *wish = g_strdup_printf ("'wish':{'name':'%s'}", name);

  site_add_order (&f->site, "", id, "request", number, wish);
}

static void
hold (guint skip)
{
  g_autofree char *order =
      g_strdup_printf ("{'rules':[{" PUT ",'hold':true,'skip':%u}]}", skip);

  fake_control (fake, order);
}

static void
release (void)
{
  fake_control (fake, "{'release':true}");
}

/* Where orders come from */

static void
test_spool (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add (f, "1", 1, "before");
  daemon_start (&f->daemon);
  site_await_status (&f->site, 1, "state=\"done\"", "order=\"1\"", NULL);
  add (f, "2", 1, "after");
  site_await_status (&f->site, 1, "state=\"done\"", "order=\"2\"", NULL);
  site_await_spool (&f->site);
  g_assert_cmpuint (site_count_images (&f->site, "before"), ==, 1);
  g_assert_cmpuint (site_count_images (&f->site, "after"), ==, 1);
}

static void
test_bad_file (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *bad = NULL, *kept = NULL;

  g_assert_true (vg_spool_prepare (f->site.dir, NULL));
  bad = workdir_file (f->site.dir, "spool/0.json", "{ no order");
  add (f, "1", 1, "good");
  daemon_start (&f->daemon);
  site_await_status (&f->site, 1, "state=\"done\"", "order=\"1\"", NULL);
  site_await_spool (&f->site);
  g_assert_cmpuint (site_count_files (&f->site, "spool/bad"), ==, 1);
  g_assert_cmpuint (log_record_count ("MESSAGE=*0.json*bad*", NULL), ==, 1);
}

static void
test_request (Fixture *f, gconstpointer data G_GNUC_UNUSED)
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
test_bad_requests (Fixture *f, gconstpointer data G_GNUC_UNUSED)
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

/* A second request is taken while the first one is carried out, and done after
 * it. */
static void
test_second_request (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  hold (0);
  daemon_start (&f->daemon);
  site_set_metadata (&f->site, 1, REQUEST_URI, "<snapshot name='first'/>");
  site_await_requests (&f->site, "PUT", PUTS, 1);
  site_set_metadata (&f->site, 1, REQUEST_URI, "<snapshot name='second'/>");
  site_await_status (&f->site, 1, "state=\"waiting\"", NULL);
  g_assert_null (site_get_metadata (&f->site, 1, REQUEST_URI));
  g_assert_cmpuint (site_count_requests (&f->site, "POST", "/v2/images"), ==,
                    1);
  release ();
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"second\"", NULL);
  site_await_spool (&f->site);
  g_assert_cmpuint (site_count_images (&f->site, "first"), ==, 1);
}

/* What came while no event told of it is found once a minute. */
static void
test_reconcile (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  daemon_start (&f->daemon);
  log_record_await ("MESSAGE=connected to libvirt*", NULL);
  libvirt_set_deaf (TRUE);
  site_set_metadata (&f->site, 1, REQUEST_URI, "<snapshot name='quiet'/>");
  add (f, "1", 1, "loud");
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"loud\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, "quiet"), ==, 0);
  test_clock_advance (61 * SECOND);
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"quiet\"", NULL);
  site_await_spool (&f->site);
}

/* Policies */

/* One that is wrong is answered at once, and not before the first look at all
 * domains is over. */
static void
await_look (Fixture *f)
{
  log_record_await ("MESSAGE=connected to libvirt*", NULL);
  site_set_metadata (&f->site, 1, POLICY_URI,
                     "<policy><on event='stoped'/></policy>");
  site_await_status (&f->site, 1, "state=\"failed\"", "stoped", NULL);
}

static void
test_bad_policy (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  daemon_start (&f->daemon);
  await_look (f);
}

/* Notes of libvirt's, of which the agent sees that they have changed. */
static void
note_snapshot (Fixture *f, guint number)
{
  g_autofree char *name = g_strdup_printf ("snapshot/guest%u", number);
  g_autofree char *folder = workdir_path (f->site.dir, name);
  g_autofree char *path = g_build_filename (folder, "saved.xml", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "", -1, NULL));
}

static void
make_snapshot (Fixture *f, guint number)
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
test_snapshot (Fixture *f, gconstpointer data G_GNUC_UNUSED)
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
  test_clock_advance (61 * SECOND);
  add (f, "9", 1, "last");
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"last\"", NULL);
  daemon_stop (&f->daemon);
  g_assert_cmpuint (log_record_count ("ORDER=*", "MESSAGE=*snapshot 'saved'*",
                                      "DOMAIN=guest?", NULL),
                    ==, 4);
}

/* One after the other, and side by side */

/* The two of a domain are carried out by age, though there are workers. */
static void
test_two_of_a_domain (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->site.config->workers = 3;
  hold (0);
  add (f, "1", 1, "older");
  add (f, "2", 1, "younger");
  daemon_start (&f->daemon);
  site_await_requests (&f->site, "PUT", PUTS, 1);
  daemon_await_notice (&f->daemon, "STATUS=1 of 2 orders running");
  g_assert_cmpuint (site_count_requests (&f->site, "POST", "/v2/images"), ==,
                    1);
  release ();
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"younger\"", NULL);
  site_await_spool (&f->site);
  daemon_await_notice (&f->daemon, "STATUS=0 of 0 orders running");
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 2);
  g_assert_cmpuint (log_record_count ("MESSAGE=*trying again*", NULL), ==, 0);
}

/* Three domains, of which two are at work at a time. */
static void
test_side_by_side (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->site.config->workers = 2;
  site_define (&f->site, 2, "");
  site_define (&f->site, 3, "");
  hold (0);
  hold (0);
  add (f, "1", 1, "one");
  add (f, "2", 2, "two");
  add (f, "3", 3, "three");
  daemon_start (&f->daemon);
  site_await_requests (&f->site, "PUT", PUTS, 2);
  daemon_await_notice (&f->daemon, "STATUS=2 of 3 orders running");
  g_assert_cmpuint (site_count_requests (&f->site, "POST", "/v2/images"), ==,
                    2);
  g_assert_cmpuint (site_count_files (&f->site, "jobs"), ==, 2);
  release ();
  site_await_status (&f->site, 3, "state=\"done\"", NULL);
  site_await_spool (&f->site);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 3);
}

/* With one worker, that is when the main loop is done with all before, and has
 * begun none that is older. */
static void
await_turn (Fixture *f, const char *id)
{
  g_autofree char *order = g_strdup_printf ("order=\"%s\"", id);

  site_add_order (&f->site, "", id, "request", 2, "'problem':'none'");
  site_await_status (&f->site, 2, "state=\"failed\"", order, NULL);
}

static void
assert_tries (Fixture *f, guint n)
{
  g_assert_cmpuint (site_count_requests (&f->site, "POST", "/v2/images"), ==,
                    n);
}

/* Trying again: after 5 s, and then after twice as long. */
static void
test_try_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->site.config->workers = 1;
  fake_control (fake, "{'rules':[{'method':'POST','path':'/v2/images',"
                      "'status':503,'times':2}]}");
  site_define (&f->site, 2, "");
  add (f, "1", 1, "late");
  daemon_start (&f->daemon);
  site_await_status (&f->site, 1, "state=\"waiting\"", "503", NULL);
  await_turn (f, "2");
  test_clock_advance (4 * SECOND);
  await_turn (f, "3");
  assert_tries (f, 1);
  log_record_clear ();
  test_clock_advance (2 * SECOND);
  log_record_await ("ORDER=1", "MESSAGE=*trying again*", NULL);
  await_turn (f, "4");
  test_clock_advance (9 * SECOND);
  await_turn (f, "5");
  assert_tries (f, 2);
  test_clock_advance (2 * SECOND);
  site_await_status (&f->site, 1, "state=\"done\"", NULL);
  site_await_spool (&f->site);
  assert_tries (f, 3);
}

/* Starting and stopping */

static void
assert_no_start (Fixture *f, GQuark domain, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (vg_agent_run (f->site.config, SITE_URI, &error));
  g_assert_error (error, domain, code);
  g_assert_nonnull (strstr (error->message, f->site.dir));
}

static void
test_two_agents (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  daemon_start (&f->daemon);
  assert_no_start (f, VG_AGENT_ERROR, VG_AGENT_ERROR_TWICE);
  daemon_stop (&f->daemon);
  daemon_start (&f->daemon);
}

static void
test_no_folder (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *spool = workdir_file (f->site.dir, "spool", "");
  g_autofree char *locks = workdir_path (f->site.dir, "locks");

  assert_no_start (f, G_FILE_ERROR, G_FILE_ERROR_NOTDIR);
  g_free (qemu_run ("rm", "-r", locks, NULL));
  g_free (workdir_file (f->site.dir, "locks", ""));
  assert_no_start (f, VG_LOCK_ERROR, VG_LOCK_ERROR_FAILED);
  g_assert_cmpint (g_unlink (spool), ==, 0);
}

static void
test_stop_idle (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  daemon_start (&f->daemon);
  daemon_signal (SIGINT);
  daemon_join (&f->daemon);
  daemon_await_notice (&f->daemon, "STOPPING=1");
}

/* A running order ends normally; waiting orders are not started. */
static void
test_drain (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  hold (0);
  add (f, "1", 1, "one");
  daemon_start (&f->daemon);
  site_await_requests (&f->site, "PUT", PUTS, 1);
  daemon_signal (SIGTERM);
  daemon_await_notice (&f->daemon, "STOPPING=1");
  add (f, "2", 1, "two");
  test_clock_advance ((f->site.config->drain_timeout - 1) * SECOND);
  release ();
  daemon_join (&f->daemon);
  site_assert_status (&f->site, 1, "state=\"done\"", "order=\"1\"", NULL);
  g_assert_cmpuint (site_count_files (&f->site, "spool"), ==, 1);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 1);
  log_record_clear ();
  daemon_start (&f->daemon);
  site_await_status (&f->site, 1, "state=\"done\"", "order=\"2\"", NULL);
  site_await_spool (&f->site);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 2);
}

/* The time for that is over, or somebody signals twice: it is undone, and done
 * at the next start. */
static void
stop_hard (Fixture *f, gboolean twice)
{
  if (twice)
    f->site.config->drain_timeout = 3600;
  hold (0);
  add (f, "1", 1, "one");
  daemon_start (&f->daemon);
  site_await_requests (&f->site, "PUT", PUTS, 1);
  daemon_signal (SIGTERM);
  log_record_await ("MESSAGE=stopping*1*", NULL);
  if (twice)
    daemon_signal (SIGINT);
  else
    test_clock_advance ((f->site.config->drain_timeout + 1) * SECOND);
  daemon_join (&f->daemon);
  site_assert_status (&f->site, 1, "state=\"waiting\"", "order=\"1\"", NULL);
  site_assert_nothing_left (&f->site);
  g_assert_cmpuint (site_count_files (&f->site, "spool"), ==, 1);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 0);
  daemon_start (&f->daemon);
  site_await_status (&f->site, 1, "state=\"done\"", NULL);
  site_await_spool (&f->site);
  g_assert_cmpuint (site_count_images (&f->site, "one"), ==, 1);
}

static void
test_drain_timeout (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  stop_hard (f, FALSE);
}

static void
test_two_signals (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  stop_hard (f, TRUE);
}

/* Dead jobs */

#define DEAD_IMAGE "00000000-0000-4000-8000-000000000009"

static void
add_dead_job (Fixture *f, const char *folder)
{
  VgJournal *journal = job_file_new (f->site.dir, 1700000000);

  job_file_add_folder (journal, f->site.dir, folder);
  vg_journal_add_step (journal, VG_STEP_IMAGE, DEAD_IMAGE);
  job_file_write (journal);
  vg_journal_free (journal);
}

/* When this is moved away, all that came into the spool before is known; and so
 * it is decided what of that begins, once a second one is. */
static void
await_bad_files (Fixture *f, const char *first, const char *second)
{
  const char *names[] = { first, second };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *name = g_strdup_printf ("spool/%s.json", names[i]);
    g_autofree char *path = workdir_file (f->site.dir, name, "{ no order");
    Await await = await_new ("the end of a bad file");

    while (g_file_test (path, G_FILE_TEST_EXISTS))
      await_pause (&await, path);
  }
}

/* They are undone at the start, before any order is begun. */
static void
test_recover (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *folder = workdir_path (f->site.dir, "left");

  add_dead_job (f, "left");
  fake_control (fake, "{'rules':[{'method':'DELETE','hold':true}]}");
  add (f, "1", 1, "one");
  daemon_start (&f->daemon);
  site_await_requests (&f->site, "DELETE", "*", 1);
  add (f, "2", 1, "two");
  await_bad_files (f, "3", "4");
  g_assert_cmpuint (site_count_requests (&f->site, "POST", "/v2/images"), ==,
                    0);
  release ();
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"two\"", NULL);
  site_await_spool (&f->site);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (log_record_count ("MESSAGE=recovered jobs: 1", NULL), ==,
                    1);
}

/* And every five minutes, where orders do not wait for it. */
static void
test_recover_later (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *folder = workdir_path (f->site.dir, "left");
  Await await = await_new ("the end of a folder");

  daemon_start (&f->daemon);
  log_record_await ("MESSAGE=connected to libvirt*", NULL);
  add_dead_job (f, "left");
  fake_control (fake, "{'rules':[{'method':'DELETE','hold':true}]}");
  test_clock_advance (301 * SECOND);
  site_await_requests (&f->site, "DELETE", "*", 1);
  add (f, "1", 1, "one");
  site_await_status (&f->site, 1, "state=\"done\"", NULL);
  release ();
  while (g_file_test (folder, G_FILE_TEST_EXISTS))
    await_pause (&await, folder);
}

/* What can't be recovered is told, and orders are carried out all the same. */
static void
test_recover_fails (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  add_dead_job (f, "left");
  fake_control (fake, "{'rules':[{'method':'DELETE','status':403,'json':"
                      "{'message':'not you'}}]}");
  daemon_start (&f->daemon);
  log_record_await ("PRIORITY=4", "MESSAGE=*not you*", NULL);
  add (f, "1", 1, "one");
  site_await_status (&f->site, 1, "state=\"done\"", NULL);
  test_clock_advance (301 * SECOND);
  log_record_await ("MESSAGE=recovered jobs: 1", NULL);
}

/* libvirt */

#define CONNECT "MESSAGE=libvirt: connect *: virConnectOpenAuth*"
#define TRIES 6 /* of the room host, when the daemon tries once */

/* Sets the clock forward until the daemon tries once more to connect, which it
 * does not before so long after the last time. Returns a time before that. */
static gint64
await_try (gint64 since, guint number, guint pause_s)
{
  Await await = await_new ("a try to connect");
  gint64 before = since, now = since;

  while (log_record_count (CONNECT, NULL) < number * TRIES) {
    before = now;
    test_clock_advance (SECOND / 50);
    await_pause (&await, NULL);
    now = g_get_monotonic_time ();
  }
  g_assert_cmpint (g_get_monotonic_time () - since, >=, pause_s * SECOND);
  return before;
}

/* It is told once that libvirt is away; pauses between tries grow from 1 s; and
 * what was asked for meanwhile is found when it is back. */
static void
test_lost (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 since;

  daemon_start (&f->daemon);
  await_look (f);
  log_record_clear ();
  libvirt_set_deaf (TRUE);
  libvirt_set_away (TRUE);
  since = g_get_monotonic_time ();
  libvirt_close ();
  log_record_await ("MESSAGE=*connection to libvirt was lost*", NULL);
  log_record_await ("PRIORITY=4", "MESSAGE=*virConnectOpenAuth*", NULL);
  for (guint number = 2; number <= 4; number++)
    since = await_try (since, number, 1u << (number - 2));
  site_set_metadata (&f->site, 1, REQUEST_URI, "<snapshot name='meanwhile'/>");
  libvirt_set_away (FALSE);
  libvirt_set_deaf (FALSE);
  test_clock_advance (60 * SECOND);
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"meanwhile\"", NULL);
  site_await_spool (&f->site);
  g_assert_cmpuint (log_record_count ("MESSAGE=connected to libvirt*", NULL),
                    ==, 1);
  g_assert_cmpuint (
      log_record_count ("PRIORITY=4", "MESSAGE=*virConnectOpenAuth*", NULL), ==,
      1);
}

/* It is not there at the start. */
static void
test_late (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_set_away (TRUE);
  site_set_metadata (&f->site, 1, REQUEST_URI, "<snapshot name='early'/>");
  daemon_start (&f->daemon);
  log_record_await ("PRIORITY=4", "MESSAGE=*virConnectOpenAuth*", NULL);
  libvirt_set_away (FALSE);
  test_clock_advance (2 * SECOND);
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"early\"", NULL);
  site_await_spool (&f->site);
}

/* One domain's failure is in nobody's way. */
static void
test_one_fails (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  site_define (&f->site, 2, "");
  site_set_metadata (&f->site, 1, REQUEST_URI, "<snapshot name='one'/>");
  site_set_metadata (&f->site, 2, REQUEST_URI, "<snapshot name='two'/>");
  libvirt_fail ("virDomainGetMetadata", VIR_ERR_INTERNAL_ERROR, 0, 1);
  daemon_start (&f->daemon);
  log_record_await ("MESSAGE=*virDomainGetMetadata*", NULL);
  Await await = await_new ("one of the images");
  while (site_count_images (&f->site, NULL) != 1)
    await_pause (&await, NULL);
  test_clock_advance (61 * SECOND);
  site_await_status (&f->site, 1, "state=\"done\"", NULL);
  site_await_status (&f->site, 2, "state=\"done\"", NULL);
  site_await_spool (&f->site);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  if (qemu_is_missing ())
    return 77;
  log_record_init ();
  fake = fake_new (NULL);
#define ADD(name, function)                                                    \
  g_test_add ("/daemon/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("spool", test_spool);
  ADD ("bad-file", test_bad_file);
  ADD ("request", test_request);
  ADD ("bad-requests", test_bad_requests);
  ADD ("second-request", test_second_request);
  ADD ("reconcile", test_reconcile);
  ADD ("bad-policy", test_bad_policy);
  ADD ("snapshot", test_snapshot);
  ADD ("two-of-a-domain", test_two_of_a_domain);
  ADD ("side-by-side", test_side_by_side);
  ADD ("try-again", test_try_again);
  ADD ("two-agents", test_two_agents);
  ADD ("no-folder", test_no_folder);
  ADD ("stop-idle", test_stop_idle);
  ADD ("drain", test_drain);
  ADD ("drain-timeout", test_drain_timeout);
  ADD ("two-signals", test_two_signals);
  ADD ("recover", test_recover);
  ADD ("recover-later", test_recover_later);
  ADD ("recover-fails", test_recover_fails);
  ADD ("lost", test_lost);
  ADD ("late", test_late);
  ADD ("one-fails", test_one_fails);
  status = g_test_run ();
  fake_free (fake);
  return status;
}

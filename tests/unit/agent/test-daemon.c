/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's daemon: how it starts and stops, what it does about dead jobs,
 * and when libvirt goes away. Time is what the test makes it. */
#include <glib/gstdio.h>
#include <libvirt/virterror.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "agent/agent.h"
#include "journal/journal.h"
#include "journal/lock.h"
#include "lib/await.h"
#include "lib/daemon-fixture.h"
#include "lib/job-file.h"
#include "lib/libvirt-fault.h"
#include "lib/log-record.h"
#include "lib/qemu.h"
#include "lib/test-clock.h"
#include "lib/workdir.h"
#include "request/spool.h"

/* Starting and stopping */

static void
assert_no_start (DaemonFixture *f, GQuark domain, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (vg_agent_run (f->site.config, SITE_URI, &error));
  g_assert_error (error, domain, code);
  g_assert_nonnull (strstr (error->message, f->site.dir));
}

static void
test_two_agents (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  daemon_start (&f->daemon);
  assert_no_start (f, VG_AGENT_ERROR, VG_AGENT_ERROR_TWICE);
  daemon_stop (&f->daemon);
  daemon_start (&f->daemon);
}

static void
test_no_folder (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *spool = workdir_file (f->site.dir, "spool", "");
  g_autofree char *locks = workdir_path (f->site.dir, "locks");

  assert_no_start (f, G_FILE_ERROR, G_FILE_ERROR_NOTDIR);
  g_free (qemu_run ("rm", "-r", locks, NULL));
  g_free (workdir_file (f->site.dir, "locks", ""));
  assert_no_start (f, VG_LOCK_ERROR, VG_LOCK_ERROR_FAILED);
  g_assert_cmpint (g_unlink (spool), ==, 0);
}

typedef struct __user_cap_data_struct Capabilities[2];

static struct __user_cap_header_struct this_thread = {
  .version = _LINUX_CAPABILITY_VERSION_3,
};

/* Gives up what root may do beyond an owner; for this thread, until
 * be_as_before(). */
static void
be_only_owner (Capabilities before)
{
  Capabilities owner;

  g_assert_cmpint ((int) syscall (SYS_capget, &this_thread, before), ==, 0);
  memcpy (owner, before, sizeof owner);
  owner[0].effective &= ~(1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH);
  g_assert_cmpint ((int) syscall (SYS_capset, &this_thread, owner), ==, 0);
}

static void
be_as_before (Capabilities before)
{
  g_assert_cmpint ((int) syscall (SYS_capset, &this_thread, before), ==, 0);
}

/* It says so at once, instead of waiting for orders that it can't see. */
static void
test_unreadable_folder (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *spool = workdir_path (f->site.dir, "spool");
  Capabilities before;

  g_assert_cmpint (g_mkdir (spool, 0300), ==, 0);
  be_only_owner (before);
  assert_no_start (f, G_FILE_ERROR, G_FILE_ERROR_ACCES);
  be_as_before (before);
  g_assert_cmpint (g_chmod (spool, 0700), ==, 0);
}

static void
test_stop_idle (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  daemon_start (&f->daemon);
  daemon_signal (SIGINT);
  daemon_join (&f->daemon);
  daemon_await_notice (&f->daemon, "STOPPING=1");
}

/* A running order ends normally; waiting orders are not started. */
static void
test_drain (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  daemon_hold (f, 0);
  daemon_add (f, "1", 1, "one");
  daemon_start (&f->daemon);
  site_await_requests (&f->site, "PUT", SITE_PUTS, 1);
  daemon_signal (SIGTERM);
  daemon_await_notice (&f->daemon, "STOPPING=1");
  daemon_add (f, "2", 1, "two");
  test_clock_advance ((f->site.config->drain_timeout - 1) * DAEMON_SECOND);
  daemon_release (f);
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
stop_hard (DaemonFixture *f, gboolean twice)
{
  g_autoptr (GPtrArray) orders = NULL;

  if (twice)
    f->site.config->drain_timeout = 3600;
  daemon_hold (f, 0);
  daemon_add (f, "1", 1, "one");
  daemon_start (&f->daemon);
  site_await_requests (&f->site, "PUT", SITE_PUTS, 1);
  daemon_signal (SIGTERM);
  log_record_await ("MESSAGE=stopping*1*", NULL);
  if (twice)
    daemon_signal (SIGINT);
  else
    test_clock_advance ((f->site.config->drain_timeout + 1) * DAEMON_SECOND);
  daemon_join (&f->daemon);
  site_assert_status (&f->site, 1, "state=\"waiting\"", "order=\"1\"", NULL);
  site_assert_nothing_left (&f->site);
  orders = vg_spool_look (f->site.dir, NULL);
  g_assert_cmpuint (orders->len, ==, 1);
  g_assert_cmpuint (((VgOrder *) orders->pdata[0])->tries, ==, 0);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 0);
  daemon_start (&f->daemon);
  site_await_status (&f->site, 1, "state=\"done\"", NULL);
  site_await_spool (&f->site);
  g_assert_cmpuint (site_count_images (&f->site, "one"), ==, 1);
}

static void
test_drain_timeout (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  stop_hard (f, FALSE);
}

static void
test_two_signals (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  stop_hard (f, TRUE);
}

/* Dead jobs */

#define DEAD_IMAGE "00000000-0000-4000-8000-000000000009"

/* answered: Glance did what the job had asked for. Returns its folder. */
static char *
add_dead_job (DaemonFixture *f, const char *name, gboolean answered)
{
  VgJournal *journal = job_file_new (f->site.dir, 1700000000);
  char *folder = g_strdup (job_file_add_folder (journal, f->site.dir, name));
  guint step = vg_journal_add_step (journal, VG_STEP_IMAGE, DEAD_IMAGE);

  if (answered)
    vg_journal_set_answered (journal, step);
  job_file_write (journal);
  vg_journal_free (journal);
  return folder;
}

/* When this is moved away, all that came into the spool before is known; and so
 * it is decided what of that begins, once a second one is. */
static void
await_bad_files (DaemonFixture *f, const char *first, const char *second)
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
test_recover (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *folder = NULL;

  folder = add_dead_job (f, "left", TRUE);
  fake_control (f->site.fake, "{'rules':[{'method':'DELETE','hold':true}]}");
  daemon_add (f, "1", 1, "one");
  daemon_start (&f->daemon);
  site_await_requests (&f->site, "DELETE", "*", 1);
  daemon_add (f, "2", 1, "two");
  await_bad_files (f, "3", "4");
  g_assert_cmpuint (site_count_requests (&f->site, "POST", "/v2/images"), ==,
                    0);
  daemon_release (f);
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"two\"", NULL);
  site_await_spool (&f->site);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (log_record_count ("MESSAGE=recovered jobs: 1", NULL), ==,
                    1);
}

/* And every five minutes, where orders do not wait for it. */
static void
test_recover_later (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *folder = NULL;
  Await await = await_new ("the end of a folder");

  daemon_start (&f->daemon);
  log_record_await ("MESSAGE=connected to libvirt*", NULL);
  folder = add_dead_job (f, "left", TRUE);
  fake_control (f->site.fake, "{'rules':[{'method':'DELETE','hold':true}]}");
  test_clock_advance (301 * DAEMON_SECOND);
  site_await_requests (&f->site, "DELETE", "*", 1);
  daemon_add (f, "1", 1, "one");
  site_await_status (&f->site, 1, "state=\"done\"", NULL);
  daemon_release (f);
  while (g_file_test (folder, G_FILE_TEST_EXISTS))
    await_pause (&await, folder);
}

/* An image that Glance makes after the agent found none is found a minute
 * later, and orders do not wait for that. */
static void
test_recover_late (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_free (add_dead_job (f, "left", FALSE));
  daemon_start (&f->daemon);
  log_record_await ("PRIORITY=4", "MESSAGE=*" DEAD_IMAGE " may still appear*",
                    NULL);
  daemon_add (f, "1", 1, "one");
  site_await_status (&f->site, 1, "state=\"done\"", NULL);
  fake_control (f->site.fake, "{'images':[{'id':'" DEAD_IMAGE
                              "','name':'late','status':'active'}]}");
  g_assert_cmpint (site_count_images (&f->site, "late"), ==, 1);
  test_clock_advance (61 * DAEMON_SECOND);
  log_record_await ("MESSAGE=recovered jobs: 1", NULL);
  g_assert_cmpint (site_count_images (&f->site, "late"), ==, 0);
}

/* What can't be recovered is told, and orders are carried out all the same. */
static void
test_recover_fails (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_free (add_dead_job (f, "left", TRUE));
  fake_control (f->site.fake,
                "{'rules':[{'method':'DELETE','status':403,'json':"
                "{'message':'not you'}}]}");
  daemon_start (&f->daemon);
  log_record_await ("PRIORITY=4", "MESSAGE=*not you*", NULL);
  daemon_add (f, "1", 1, "one");
  site_await_status (&f->site, 1, "state=\"done\"", NULL);
  test_clock_advance (301 * DAEMON_SECOND);
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
    test_clock_advance (DAEMON_SECOND / 50);
    await_pause (&await, NULL);
    now = g_get_monotonic_time ();
  }
  g_assert_cmpint (g_get_monotonic_time () - since, >=,
                   pause_s * DAEMON_SECOND);
  return before;
}

/* It is told once that libvirt is away; pauses between tries grow from 1 s; and
 * what was asked for meanwhile is found when it is back. */
static void
test_lost (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gint64 since;

  daemon_start (&f->daemon);
  daemon_await_look (f);
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
  test_clock_advance (60 * DAEMON_SECOND);
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
test_late (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_set_away (TRUE);
  site_set_metadata (&f->site, 1, REQUEST_URI, "<snapshot name='early'/>");
  daemon_start (&f->daemon);
  log_record_await ("PRIORITY=4", "MESSAGE=*virConnectOpenAuth*", NULL);
  libvirt_set_away (FALSE);
  test_clock_advance (2 * DAEMON_SECOND);
  site_await_status (&f->site, 1, "state=\"done\"", "name=\"early\"", NULL);
  site_await_spool (&f->site);
}

/* One domain's failure is in nobody's way. */
static void
test_one_fails (DaemonFixture *f, gconstpointer data G_GNUC_UNUSED)
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
  test_clock_advance (61 * DAEMON_SECOND);
  site_await_status (&f->site, 1, "state=\"done\"", NULL);
  site_await_status (&f->site, 2, "state=\"done\"", NULL);
  site_await_spool (&f->site);
}

static void
add_tests (Fake *fake)
{
#define ADD(name, function) daemon_fixture_add (fake, "/daemon/" name, function)
  ADD ("two-agents", test_two_agents);
  ADD ("no-folder", test_no_folder);
  ADD ("unreadable-folder", test_unreadable_folder);
  ADD ("stop-idle", test_stop_idle);
  ADD ("drain", test_drain);
  ADD ("drain-timeout", test_drain_timeout);
  ADD ("two-signals", test_two_signals);
  ADD ("recover", test_recover);
  ADD ("recover-later", test_recover_later);
  ADD ("recover-late", test_recover_late);
  ADD ("recover-fails", test_recover_fails);
  ADD ("lost", test_lost);
  ADD ("late", test_late);
  ADD ("one-fails", test_one_fails);
}

int
main (int argc, char **argv)
{
  return site_main (argc, argv, add_tests);
}

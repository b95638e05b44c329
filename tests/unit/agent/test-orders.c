/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One order, carried out: what is made, what is answered in the domain's
 * metadata and in the log, and whether the order is over. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/order-worker.h"
#include "journal/cancel.h"
#include "journal/lock.h"
#include "lib/libvirt-fault.h"
#include "lib/log-record.h"
#include "lib/order-fixture.h"
#include "lib/test-clock.h"
#include "lib/workdir.h"
#include "request/spool.h"

/* Snapshots */

static void
test_snapshot (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) journal = NULL;
  const VgJobImage *image;
  g_autofree char *id = NULL, *field = NULL, *job = NULL, *of_job = NULL;

  order_run_to_end (f, "request", ORDER_PLAIN);
  g_assert_cmpuint (site_count_images (&f->site, "one"), ==, 1);
  journal = order_get_journal (f);
  g_assert_cmpstr (journal->order, ==, ORDER_ID);
  image = journal->images->pdata[0];
  id = g_strdup_printf ("id=\"%s\"", image->id);
  job = g_strdup_printf ("job=\"%s\"", journal->id);
  site_assert_status (
      &f->site, 1, "state=\"done\"", "order=\"" ORDER_ID "\"", job, id,
      "name=\"one\"", "disk=\"vda\"", "store=\"cheap\"", "rule=\"user\"",
      "size=\"" G_STRINGIFY (SITE_DISK_SIZE) "\"", "time=\"20", "Z\"", NULL);
  field = g_strdup_printf ("IMAGE=%s", image->id);
  of_job = g_strdup_printf ("JOB=%s", journal->id);
  g_assert_cmpuint (log_record_count ("DOMAIN=guest1", "ORDER=" ORDER_ID,
                                      of_job, field, "STORE=cheap",
                                      "PRIORITY=6",
                                      "MESSAGE=*guest1*vda*cheap*", NULL),
                    ==, 1);
}

static void
test_glance_without_stores (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_control (f->site.fake, "{'config':{'stores':[]}}");
  order_run_to_end (f, "request", "'wish':{}");
  site_assert_status (&f->site, 1, "state=\"done\"", "disk=\"vda\"", NULL);
  g_assert_cmpuint (log_record_count ("IMAGE=*", "STORE=*", NULL), ==, 0);
  g_assert_cmpuint (log_record_count ("IMAGE=*", "MESSAGE=*the only*", NULL),
                    ==, 1);
}

/* A permanent refusal ends the order, and leaves nothing. */
static void
test_refused (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_control (f->site.fake,
                "{'rules':[{" SITE_PUT_RULE ",'status':403,'json':{'message':"
                "'not you'},'times':0}]}");
  order_run_to_end (f, "request", ORDER_PLAIN);
  site_assert_status (&f->site, 1, "state=\"failed\"", "job=\"", "<error>",
                      "not you", NULL);
  g_assert_cmpuint (site_count_requests (&f->site, "DELETE", "/v2/images/*"),
                    ==, 1);
  g_assert_cmpuint (log_record_count ("PRIORITY=3", "DOMAIN=guest1",
                                      "ORDER=" ORDER_ID, "JOB=*",
                                      "MESSAGE=*not you*", NULL),
                    ==, 1);
}

/* The image is whole, but a copy of it fails: the answer tells both. */
static void
test_failed_late (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->site.config->copy_to_base_stores = TRUE;
  site_define (&f->site, 1,
               ORDER_NOVA ("00000000-0000-4000-8000-000000000005"));
  fake_control (f->site.fake,
                "{'images':[{'id':'00000000-0000-4000-8000-000000000005',"
                "'status':'active','stores':'cheap,fast'}],"
                "'config':{'import_fail':['cheap']}}");
  order_run_to_end (f, "request", "'wish':{'name':'one'}");
  g_assert_cmpuint (site_count_images (&f->site, "one"), ==, 1);
  site_assert_status (&f->site, 1, "state=\"failed\"", "name=\"one\"",
                      "store=\"fast\"", "rule=\"base-image\"", "<error>", NULL);
}

static void
test_problem (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  order_run_to_end (f, "request", "'problem':'<it> makes no sense'");
  site_assert_status (&f->site, 1, "state=\"failed\"",
                      "&lt;it&gt; makes no sense", NULL);
  g_assert_cmpuint (site_count_files (&f->site, "jobs"), ==, 1);
}

static void
test_no_credentials (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_clear_pointer (&f->site.config->auth_url, g_free);
  order_run_to_end (f, "request", ORDER_PLAIN);
  site_assert_status (&f->site, 1, "state=\"failed\"", "OS_", NULL);
}

/* Domains */

static void
test_gone (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  site_undefine (&f->site, 1);
  order_run_to_end (f, "request", ORDER_PLAIN);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 0);
  g_assert_cmpuint (
      log_record_count ("ORDER=" ORDER_ID, "MESSAGE=*no longer exists*", NULL),
      ==, 1);
}

static void
test_renamed (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  virDomainPtr domain = site_find (&f->site, 1);

  g_assert_cmpint (virDomainRename (domain, "renamed", 0), ==, 0);
  virDomainFree (domain);
  order_run_to_end (f, "request", ORDER_PLAIN);
  site_assert_status (&f->site, 1, "state=\"done\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, "one"), ==, 1);
}

/* Trying again */

static void
test_glance_away (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_control (f->site.fake, "{'rules':[{'path':'/v2/images','status':503}]}");
  order_run_to_wait (f, ORDER_PLAIN);
  site_assert_status (&f->site, 1, "state=\"waiting\"",
                      "order=\"" ORDER_ID "\"", "<error>", "503", NULL);
  g_assert_cmpuint (log_record_count ("PRIORITY=4", "ORDER=" ORDER_ID,
                                      "MESSAGE=*503*trying again*", NULL),
                    ==, 1);
  g_assert_true (order_run (f));
  order_assert_over (f, TRUE);
  site_assert_status (&f->site, 1, "state=\"done\"", NULL);
}

/* One that is as old as [agent] retry_hours is not tried again. */
static void
test_last_try (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_control (f->site.fake, "{'rules':[{'path':'/v2/images','status':503,"
                              "'times':0}]}");
  order_run_to_wait (f, ORDER_PLAIN);
  f->site.config->retry_hours = 0;
  g_assert_true (order_run (f));
  order_assert_over (f, TRUE);
  site_assert_status (&f->site, 1, "state=\"failed\"", "503", NULL);
}

static void
test_locked (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *uuid = site_get_uuid (1);
  VgLock *lock = vg_lock_take (f->site.dir, uuid, "another", NULL);

  order_run_to_wait (f, ORDER_PLAIN);
  site_assert_status (&f->site, 1, "state=\"waiting\"", "another", NULL);
  g_assert_cmpuint (site_count_requests (&f->site, "POST", "/v2/images"), ==,
                    0);
  vg_lock_free (lock);
  g_assert_true (order_run (f));
  order_assert_over (f, TRUE);
  site_assert_status (&f->site, 1, "state=\"done\"", NULL);
}

/* libvirt is away when the order begins, when the job connects, or when the
 * answer is put. */
static void
test_libvirt_away (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_set_away (TRUE);
  order_run_to_wait (f, ORDER_PLAIN);
  libvirt_set_away (FALSE);
  g_assert_cmpuint (
      log_record_count ("ORDER=" ORDER_ID, "MESSAGE=*trying again*", NULL), ==,
      1);
  site_assert_status (&f->site, 1, NULL);
  libvirt_fail ("virConnectOpenAuth", VIR_ERR_NO_CONNECT, 1, 1);
  g_assert_false (order_run (f));
  order_assert_over (f, FALSE);
  site_assert_status (&f->site, 1, "state=\"waiting\"", NULL);
  g_assert_true (order_run (f));
  order_assert_over (f, TRUE);
}

/* The order stays until that it is done has been answered, and is not done
 * twice then. */
static void
test_answer_lost (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_fail ("virDomainSetMetadata", VIR_ERR_RPC, 1, 1);
  order_run_to_wait (f, ORDER_PLAIN);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 1);
  site_assert_status (&f->site, 1, "state=\"running\"", NULL);
  g_assert_true (order_run (f));
  order_assert_over (f, TRUE);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 1);
  site_assert_status (&f->site, 1, "state=\"done\"", "name=\"one\"", NULL);
}

/* (Nor by root: it is a link to itself.) */
static void
make_unreadable (const char *path)
{
  g_assert_cmpint (symlink (path, path), ==, 0);
}

/* The journal that says that the order is done can't be read for a while. */
static void
test_journal_unread (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) journal = NULL;
  g_autofree char *away = workdir_path (f->site.dir, "away");

  libvirt_fail ("virDomainSetMetadata", VIR_ERR_RPC, 1, 1);
  order_run_to_wait (f, ORDER_PLAIN);
  journal = order_get_journal (f);
  g_assert_cmpint (rename (journal->path, away), ==, 0);
  make_unreadable (journal->path);
  g_assert_false (order_run (f));
  order_assert_over (f, FALSE);
  site_assert_status (&f->site, 1, "state=\"waiting\"",
                      "may be done already: ", journal->path, NULL);
  g_assert_cmpint (rename (away, journal->path), ==, 0);
  g_assert_true (order_run (f));
  order_assert_over (f, TRUE);
  site_assert_status (&f->site, 1, "state=\"done\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 1);
}

/* It stays unreadable. It was last written in the second of the order. */
static void
test_journal_lost (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *folder = workdir_path (f->site.dir, "jobs");
  g_autofree char *path = workdir_path (f->site.dir, "jobs/loop.json");
  const struct timespec then[] = { { 1700000000, 0 }, { 1700000000, 0 } };

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  make_unreadable (path);
  g_assert_cmpint (utimensat (AT_FDCWD, path, then, AT_SYMLINK_NOFOLLOW), ==,
                   0);
  f->site.config->retry_hours = 0;
  order_run_to_end (f, "request", ORDER_PLAIN);
  site_assert_status (&f->site, 1, "state=\"failed\"", "loop.json", NULL);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 0);
  g_assert_cmpint (unlink (path), ==, 0);
}

/* One from before the order is not about it. */
static void
test_journal_unread_before (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = workdir_path (f->site.dir, "jobs/old.json");
  g_autofree char *folder = g_path_get_dirname (path);
  const struct timespec old[] = { { 1, 0 }, { 1, 0 } };

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  make_unreadable (path);
  g_assert_cmpint (utimensat (AT_FDCWD, path, old, AT_SYMLINK_NOFOLLOW), ==, 0);
  order_run_to_end (f, "request", ORDER_PLAIN);
  site_assert_status (&f->site, 1, "state=\"done\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 1);
  g_assert_cmpint (unlink (path), ==, 0);
}

static void
test_no_credentials_after_crash (OrderFixture *f,
                                 gconstpointer data G_GNUC_UNUSED)
{
  libvirt_fail ("virDomainSetMetadata", VIR_ERR_RPC, 1, 1);
  order_run_to_wait (f, ORDER_PLAIN);
  g_clear_pointer (&f->site.config->auth_url, g_free);
  g_assert_true (order_run (f));
  site_assert_status (&f->site, 1, "state=\"done\"", "name=\"one\"", "<error>",
                      "OS_", NULL);
}

/* An answer that libvirt refuses keeps no order; nor does a libvirt that stays
 * away. */
static void
test_answer_refused (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_fail ("virDomainSetMetadata", VIR_ERR_OPERATION_INVALID, 0, 0);
  order_run_to_end (f, "request", ORDER_PLAIN);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 1);
  g_assert_cmpuint (log_record_count ("PRIORITY=4", "ORDER=" ORDER_ID,
                                      "MESSAGE=*virDomainSetMetadata*", NULL),
                    ==, 2);
  libvirt_fault_reset ();
  libvirt_fail ("virDomainSetMetadata", VIR_ERR_RPC, 0, 0);
  f->site.config->retry_hours = 0;
  order_run_to_end (f, "request", "'problem':'no'");
}

/* An order that can't be removed is told of. */
static void
test_stuck_in_spool (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = workdir_path (f->site.dir, "spool/" ORDER_ID ".json");
  g_autofree char *inner = g_build_filename (path, "inner", NULL);
  g_autoptr (GPtrArray) orders = NULL;
  VgWork work = { f->site.config, SITE_URI, f->host, f->cancellable,
                  f->glances };

  order_add (f, "request", "'problem':'no'");
  orders = vg_spool_list (f->site.dir, FALSE, NULL);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (inner, 0700), ==, 0);
  g_assert_cmpint (vg_work_run (&work, orders->pdata[0]), ==, VG_TRY_OVER);
  g_assert_cmpuint (
      log_record_count ("PRIORITY=4", "MESSAGE=*" ORDER_ID "*can't be*", NULL),
      ==, 1);
}

/* Cancelling */

static void
test_cancelled_before (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  VgWork work = { f->site.config, SITE_URI, f->host, f->cancellable,
                  f->glances };
  g_autoptr (GPtrArray) orders = NULL;

  order_add (f, "request", ORDER_PLAIN);
  orders = vg_spool_list (f->site.dir, FALSE, NULL);
  g_assert_true (vg_spool_remove (f->site.dir, orders->pdata[0], NULL));
  g_assert_cmpint (vg_work_run (&work, orders->pdata[0]), ==, VG_TRY_OVER);
  site_assert_status (&f->site, 1, "state=\"skipped\"", "cancelled", NULL);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 0);
}

/* Begins an order that is held in its upload. */
static GThread *
begin_upload (OrderFixture *f)
{
  GThread *thread;

  fake_control (f->site.fake, "{'rules':[{" SITE_PUT_RULE ",'hold':true}]}");
  order_add (f, "request", ORDER_PLAIN);
  thread = g_thread_new ("order", order_run_in_thread, f);
  site_await_requests (&f->site, "PUT", SITE_PUTS, 1);
  return thread;
}

/* By somebody who names the job. */
static void
test_cancelled_while_it_runs (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GThread *thread = begin_upload (f);
  g_autoptr (VgJournal) journal = order_get_journal (f);
  g_autofree char *job = g_strdup_printf ("job=\"%s\"", journal->id);

  site_assert_status (&f->site, 1, "state=\"running\"", NULL);
  g_assert_true (vg_cancel_ask (f->site.dir, journal->id, NULL));
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));
  vg_cancel_forget (f->site.dir, journal->id);
  order_assert_over (f, TRUE);
  site_assert_status (&f->site, 1, "state=\"failed\"", "interrupted", job,
                      NULL);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 0);
}

/* By the agent, which stops. */
static void
test_stopped_while_it_runs (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GThread *thread = begin_upload (f);

  g_cancellable_cancel (f->cancellable);
  g_assert_false (GPOINTER_TO_INT (g_thread_join (thread)));
  order_assert_over (f, FALSE);
  site_assert_status (&f->site, 1, "state=\"waiting\"", "interrupted", NULL);
  site_assert_nothing_left (&f->site);
}

/* Progress is answered every five seconds. */
static char *progress;

static void
on_metadata (const char *uri G_GNUC_UNUSED, const char *xml, gboolean done)
{
  if (done && xml != NULL && strstr (xml, " progress='") != NULL
      && progress == NULL)
    progress = g_strdup (xml);
}

static void
test_progress (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *disk = site_get_disk (&f->site, 1);
  GThread *thread;

  /* Far more than sockets take in. */
  g_assert_cmpint (truncate (disk, 64 << 20), ==, 0);
  libvirt_set_metadata_hook (on_metadata);
  fake_control (f->site.fake, "{'rules':[{" SITE_PUT_RULE ",'hold':true}]}");
  order_add (f, "request", "'wish':{'format':'raw'}");
  thread = g_thread_new ("order", order_run_in_thread, f);
  site_await_requests (&f->site, "PUT", SITE_PUTS, 1);
  g_assert_null (progress);
  test_clock_advance (6 * G_USEC_PER_SEC);
  fake_control (f->site.fake, "{'release':true}");
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));
  libvirt_set_metadata_hook (NULL);
  g_assert_nonnull (progress);
  g_assert_nonnull (strstr (progress, "state='running'"));
  g_assert_nonnull (strstr (progress, "job='"));
  g_clear_pointer (&progress, g_free);
}

static void
add_tests (Fake *fake)
{
#define ADD(name, function) order_fixture_add (fake, "/orders/" name, function)
  ADD ("snapshot", test_snapshot);
  ADD ("glance-without-stores", test_glance_without_stores);
  ADD ("refused", test_refused);
  ADD ("failed-late", test_failed_late);
  ADD ("problem", test_problem);
  ADD ("no-credentials", test_no_credentials);
  ADD ("gone", test_gone);
  ADD ("renamed", test_renamed);
  ADD ("glance-away", test_glance_away);
  ADD ("last-try", test_last_try);
  ADD ("locked", test_locked);
  ADD ("libvirt-away", test_libvirt_away);
  ADD ("answer-lost", test_answer_lost);
  ADD ("answer-refused", test_answer_refused);
  ADD ("stuck-in-spool", test_stuck_in_spool);
  ADD ("cancelled-before", test_cancelled_before);
  ADD ("cancelled-while-it-runs", test_cancelled_while_it_runs);
  ADD ("stopped-while-it-runs", test_stopped_while_it_runs);
  ADD ("progress", test_progress);
  ADD ("journal-unread", test_journal_unread);
  ADD ("journal-lost", test_journal_lost);
  ADD ("journal-unread-before", test_journal_unread_before);
  ADD ("no-credentials-after-crash", test_no_credentials_after_crash);
}

int
main (int argc, char **argv)
{
  return site_main (argc, argv, add_tests);
}

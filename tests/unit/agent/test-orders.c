/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One order, carried out: what is made, what is answered in the domain's
 * metadata and in the log, and whether the order is over. */
#include <string.h>

#include "agent/order-worker.h"
#include "journal/cancel.h"
#include "journal/journal.h"
#include "journal/lock.h"
#include "lib/agent-site.h"
#include "lib/await.h"
#include "lib/libvirt-fault.h"
#include "lib/log-record.h"
#include "lib/qemu.h"
#include "lib/test-clock.h"
#include "lib/workdir.h"
#include "request/spool.h"

#include <glib/gstdio.h>
#include <libvirt/virterror.h>

#define ID "1700000000000000-00000001"
#define PLAIN "'wish':{'name':'one','store':'cheap','format':'raw'}"
#define NOVA(image)                                                            \
  "<nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'>"   \
  "<nova:root type='image' uuid='" image "'/></nova:instance>"
#define PUT "'method':'PUT','path':'/v2/images/[^/]*/file'"

static Fake *fake;

typedef struct {
  Site site;
  VgHost *host;
  GCancellable *cancellable;
  guint tries;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_fault_reset ();
  site_init (&f->site, fake);
  site_define (&f->site, 1, "");
  site_run_loop (&f->site);
  f->host = vg_host_new (SITE_URI);
  f->cancellable = g_cancellable_new ();
  log_record_clear ();
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_fault_reset ();
  vg_host_free (f->host);
  g_object_unref (f->cancellable);
  site_clear (&f->site);
}

static void
add (Fixture *f, const char *kind, const char *rest)
{
  site_add_order (&f->site, "", ID, kind, 1, rest);
}

/* Carries the only order of the spool out; whether it is over. */
static gboolean
run (Fixture *f)
{
  VgWork work = { f->site.config, SITE_URI, f->host, f->cancellable };
  g_autoptr (GPtrArray) orders = vg_spool_list (f->site.dir, FALSE);

  g_assert_cmpuint (orders->len, ==, 1);
  return vg_work_run (&work, orders->pdata[0], f->tries);
}

static gpointer
run_in_thread (gpointer data)
{
  return GINT_TO_POINTER (run (data));
}

static void
assert_over (Fixture *f, gboolean over)
{
  g_assert_cmpuint (site_count_files (&f->site, "spool"), ==, over ? 0 : 1);
}

/* The order is over, and its domain's status has these texts. */
static void
run_to_end (Fixture *f, const char *kind, const char *rest)
{
  add (f, kind, rest);
  g_assert_true (run (f));
  assert_over (f, TRUE);
}

static void
run_to_wait (Fixture *f, const char *rest)
{
  add (f, "request", rest);
  g_assert_false (run (f));
  assert_over (f, FALSE);
}

static VgJournal *
get_journal (Fixture *f)
{
  g_autoptr (GPtrArray) all = vg_journal_read_all (f->site.dir);

  g_assert_cmpuint (all->len, ==, 1);
  return g_steal_pointer (&all->pdata[0]);
}

/* Snapshots */

static void
test_snapshot (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) journal = NULL;
  const VgJobImage *image;
  g_autofree char *id = NULL, *field = NULL, *job = NULL, *of_job = NULL;

  run_to_end (f, "request", PLAIN);
  g_assert_cmpuint (site_count_images (&f->site, "one"), ==, 1);
  journal = get_journal (f);
  g_assert_cmpstr (journal->order, ==, ID);
  image = journal->images->pdata[0];
  id = g_strdup_printf ("id=\"%s\"", image->id);
  job = g_strdup_printf ("job=\"%s\"", journal->id);
  site_assert_status (
      &f->site, 1, "state=\"done\"", "order=\"" ID "\"", job, id,
      "name=\"one\"", "disk=\"vda\"", "store=\"cheap\"", "rule=\"user\"",
      "size=\"" G_STRINGIFY (SITE_DISK_SIZE) "\"", "time=\"20", "Z\"", NULL);
  field = g_strdup_printf ("IMAGE=%s", image->id);
  of_job = g_strdup_printf ("JOB=%s", journal->id);
  g_assert_cmpuint (log_record_count ("DOMAIN=guest1", "ORDER=" ID, of_job,
                                      field, "STORE=cheap", "PRIORITY=6",
                                      "MESSAGE=*guest1*vda*cheap*", NULL),
                    ==, 1);
}

static void
test_glance_without_stores (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_control (fake, "{'config':{'stores':[]}}");
  run_to_end (f, "request", "'wish':{}");
  site_assert_status (&f->site, 1, "state=\"done\"", "disk=\"vda\"", NULL);
  g_assert_cmpuint (log_record_count ("IMAGE=*", "STORE=*", NULL), ==, 0);
  g_assert_cmpuint (log_record_count ("IMAGE=*", "MESSAGE=*the only*", NULL),
                    ==, 1);
}

/* A permanent refusal ends the order, and leaves nothing. */
static void
test_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_control (fake, "{'rules':[{" PUT ",'status':403,'json':{'message':"
                      "'not you'},'times':0}]}");
  run_to_end (f, "request", PLAIN);
  site_assert_status (&f->site, 1, "state=\"failed\"", "job=\"", "<error>",
                      "not you", NULL);
  g_assert_cmpuint (site_count_requests (&f->site, "DELETE", "/v2/images/*"),
                    ==, 1);
  g_assert_cmpuint (log_record_count ("PRIORITY=4", "DOMAIN=guest1",
                                      "ORDER=" ID, "JOB=*", "MESSAGE=*not you*",
                                      NULL),
                    ==, 1);
}

/* The image is whole, but a copy of it fails: the answer tells both. */
static void
test_failed_late (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->site.config->copy_to_base_stores = TRUE;
  site_define (&f->site, 1, NOVA ("00000000-0000-4000-8000-000000000005"));
  fake_control (fake, "{'images':[{'id':'00000000-0000-4000-8000-000000000005',"
                      "'status':'active','stores':'cheap,fast'}],"
                      "'config':{'import_fail':['cheap']}}");
  run_to_end (f, "request", "'wish':{'name':'one'}");
  g_assert_cmpuint (site_count_images (&f->site, "one"), ==, 1);
  site_assert_status (&f->site, 1, "state=\"failed\"", "name=\"one\"",
                      "store=\"fast\"", "rule=\"base-image\"", "<error>", NULL);
}

static void
test_problem (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  run_to_end (f, "request", "'problem':'<it> makes no sense'");
  site_assert_status (&f->site, 1, "state=\"failed\"",
                      "&lt;it&gt; makes no sense", NULL);
  g_assert_cmpuint (site_count_files (&f->site, "jobs"), ==, 0);
}

static void
test_no_credentials (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_clear_pointer (&f->site.config->auth_url, g_free);
  run_to_end (f, "request", PLAIN);
  site_assert_status (&f->site, 1, "state=\"failed\"", "OS_", NULL);
}

/* Domains */

static void
test_gone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  site_undefine (&f->site, 1);
  run_to_end (f, "request", PLAIN);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 0);
  g_assert_cmpuint (
      log_record_count ("ORDER=" ID, "MESSAGE=*no longer exists*", NULL), ==,
      1);
}

static void
test_renamed (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  virDomainPtr domain = site_find (&f->site, 1);

  g_assert_cmpint (virDomainRename (domain, "renamed", 0), ==, 0);
  virDomainFree (domain);
  run_to_end (f, "request", PLAIN);
  site_assert_status (&f->site, 1, "state=\"done\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, "one"), ==, 1);
}

/* Trying again */

static void
test_glance_away (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_control (fake, "{'rules':[{'path':'/v2/images','status':503}]}");
  run_to_wait (f, PLAIN);
  site_assert_status (&f->site, 1, "state=\"waiting\"", "order=\"" ID "\"",
                      "<error>", "503", NULL);
  g_assert_cmpuint (log_record_count ("PRIORITY=4", "ORDER=" ID,
                                      "MESSAGE=*503*trying again*", NULL),
                    ==, 1);
  f->tries = 1;
  g_assert_true (run (f));
  assert_over (f, TRUE);
  site_assert_status (&f->site, 1, "state=\"done\"", NULL);
}

/* The tenth try is the last one. */
static void
test_last_try (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_control (fake, "{'rules':[{'path':'/v2/images','status':503,"
                      "'times':0}]}");
  f->tries = 8;
  run_to_wait (f, PLAIN);
  f->tries = 9;
  g_assert_true (run (f));
  assert_over (f, TRUE);
  site_assert_status (&f->site, 1, "state=\"failed\"", "503", NULL);
}

static void
test_locked (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *uuid = site_get_uuid (1);
  VgLock *lock = vg_lock_take (f->site.dir, uuid, "another", NULL);

  run_to_wait (f, PLAIN);
  site_assert_status (&f->site, 1, "state=\"waiting\"", "another", NULL);
  g_assert_cmpuint (site_count_requests (&f->site, "POST", "/v2/images"), ==,
                    0);
  vg_lock_free (lock);
  g_assert_true (run (f));
  assert_over (f, TRUE);
  site_assert_status (&f->site, 1, "state=\"done\"", NULL);
}

/* libvirt is away when the order begins, when the job connects, or when the
 * answer is put. */
static void
test_libvirt_away (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_set_away (TRUE);
  run_to_wait (f, PLAIN);
  libvirt_set_away (FALSE);
  g_assert_cmpuint (
      log_record_count ("ORDER=" ID, "MESSAGE=*trying again*", NULL), ==, 1);
  site_assert_status (&f->site, 1, NULL);
  f->tries = 1;
  libvirt_fail ("virConnectOpenAuth", VIR_ERR_NO_CONNECT, 1, 1);
  g_assert_false (run (f));
  assert_over (f, FALSE);
  site_assert_status (&f->site, 1, "state=\"waiting\"", NULL);
  g_assert_true (run (f));
  assert_over (f, TRUE);
}

/* The order stays until that it is done has been answered, and is not done
 * twice then. */
static void
test_answer_lost (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_fail ("virDomainSetMetadata", VIR_ERR_RPC, 1, 1);
  run_to_wait (f, PLAIN);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 1);
  site_assert_status (&f->site, 1, "state=\"running\"", NULL);
  f->tries = 1;
  g_assert_true (run (f));
  assert_over (f, TRUE);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 1);
  site_assert_status (&f->site, 1, "state=\"done\"", "name=\"one\"", NULL);
}

/* An answer that libvirt refuses keeps no order; nor does a libvirt that stays
 * away. */
static void
test_answer_refused (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_fail ("virDomainSetMetadata", VIR_ERR_OPERATION_INVALID, 0, 0);
  run_to_end (f, "request", PLAIN);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 1);
  g_assert_cmpuint (log_record_count ("PRIORITY=4", "ORDER=" ID,
                                      "MESSAGE=*virDomainSetMetadata*", NULL),
                    ==, 2);
  libvirt_fault_reset ();
  libvirt_fail ("virDomainSetMetadata", VIR_ERR_RPC, 0, 0);
  f->tries = 9;
  run_to_end (f, "request", "'problem':'no'");
}

/* An order that can't be removed is told of. */
static void
test_stuck_in_spool (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = workdir_path (f->site.dir, "spool/" ID ".json");
  g_autofree char *inner = g_build_filename (path, "inner", NULL);
  g_autoptr (GPtrArray) orders = NULL;
  VgWork work = { f->site.config, SITE_URI, f->host, f->cancellable };

  add (f, "request", "'problem':'no'");
  orders = vg_spool_list (f->site.dir, FALSE);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (inner, 0700), ==, 0);
  g_assert_true (vg_work_run (&work, orders->pdata[0], 0));
  g_assert_cmpuint (
      log_record_count ("PRIORITY=4", "MESSAGE=*" ID "*can't be*", NULL), ==,
      1);
}

/* Cancelling */

static void
test_cancelled_before (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  VgWork work = { f->site.config, SITE_URI, f->host, f->cancellable };
  g_autoptr (GPtrArray) orders = NULL;

  add (f, "request", PLAIN);
  orders = vg_spool_list (f->site.dir, FALSE);
  g_assert_true (vg_spool_remove (f->site.dir, orders->pdata[0], NULL));
  g_assert_true (vg_work_run (&work, orders->pdata[0], 0));
  site_assert_status (&f->site, 1, "state=\"skipped\"", "cancelled", NULL);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 0);
}

/* Begins an order that is held in its upload. */
static GThread *
begin_upload (Fixture *f)
{
  GThread *thread;

  fake_control (fake, "{'rules':[{" PUT ",'hold':true}]}");
  add (f, "request", PLAIN);
  thread = g_thread_new ("order", run_in_thread, f);
  site_await_requests (&f->site, "PUT", "/v2/images/*/file", 1);
  return thread;
}

/* By somebody who names the job. */
static void
test_cancelled_while_it_runs (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GThread *thread = begin_upload (f);
  g_autoptr (VgJournal) journal = get_journal (f);
  g_autofree char *job = g_strdup_printf ("job=\"%s\"", journal->id);

  site_assert_status (&f->site, 1, "state=\"running\"", NULL);
  g_assert_true (vg_cancel_ask (f->site.dir, journal->id, NULL));
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));
  vg_cancel_forget (f->site.dir, journal->id);
  assert_over (f, TRUE);
  site_assert_status (&f->site, 1, "state=\"failed\"", "interrupted", job,
                      NULL);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 0);
}

/* By the agent, which stops. */
static void
test_stopped_while_it_runs (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GThread *thread = begin_upload (f);

  g_cancellable_cancel (f->cancellable);
  g_assert_false (GPOINTER_TO_INT (g_thread_join (thread)));
  assert_over (f, FALSE);
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
test_progress (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *disk = site_get_disk (&f->site, 1);
  GThread *thread;

  /* Far more than sockets take in. */
  g_assert_cmpint (truncate (disk, 64 << 20), ==, 0);
  libvirt_set_metadata_hook (on_metadata);
  fake_control (fake, "{'rules':[{" PUT ",'hold':true}]}");
  add (f, "request", "'wish':{'format':'raw'}");
  thread = g_thread_new ("order", run_in_thread, f);
  site_await_requests (&f->site, "PUT", "/v2/images/*/file", 1);
  g_assert_null (progress);
  test_clock_advance (6 * G_USEC_PER_SEC);
  fake_control (fake, "{'release':true}");
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));
  libvirt_set_metadata_hook (NULL);
  g_assert_nonnull (progress);
  g_assert_nonnull (strstr (progress, "state='running'"));
  g_assert_nonnull (strstr (progress, "job='"));
  g_clear_pointer (&progress, g_free);
}

/* Backups */

#define BACKUP "'wish':{'name':'new','backup_type':'daily','rotation':%u}"
#define OLD(id, time)                                                          \
  "{'id':'" id "','name':'old','disk_format':'raw','status':'active',"         \
  "'created_at':'" time "','image_type':'backup','backup_type':'daily',"       \
  "'instance_uuid':'2b6f1c0d-8e7a-4f59-b1c2-000000000001',"                    \
  "'vg_disk':'vda'}"
#define OLD_1 "00000000-0000-4000-8000-000000000001"
#define OLD_2 "00000000-0000-4000-8000-000000000002"

/* (Their ages are Glance's, whose clock may be wrong: what was just made is the
 * newest all the same.) */
static void
put_old_backups (void)
{
  fake_control (fake,
                "{'images':[" OLD (OLD_1, "2098-01-01T00:00:00Z") "," OLD (
                    OLD_2, "2099-01-01T00:00:00Z") "]}");
}

static gboolean
has_image (const char *id)
{
  g_autoptr (VgJson) image = fake_image (fake, id);

  return image != NULL;
}

static char *
make_backup (guint rotation)
{
  return g_strdup_printf (BACKUP, rotation);
}

static void
test_backup (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *two = make_backup (2);

  put_old_backups ();
  run_to_end (f, "request", two);
  site_assert_status (&f->site, 1, "state=\"done\"", "name=\"new\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, "new"), ==, 1);
  g_assert_false (has_image (OLD_1));
  g_assert_true (has_image (OLD_2));
  g_assert_cmpuint (
      log_record_count ("ORDER=" ID, "IMAGE=" OLD_1, "MESSAGE=*deleted*", NULL),
      ==, 1);
  g_assert_cmpuint (log_record_count ("IMAGE=" OLD_2, NULL), ==, 0);
}

/* With a rotation of 0 none is made, and all are deleted. */
static void
test_backup_of_none (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *none = make_backup (0);

  put_old_backups ();
  run_to_end (f, "request", none);
  site_assert_status (&f->site, 1, "state=\"done\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 0);
  g_assert_cmpuint (site_count_files (&f->site, "jobs"), ==, 0);
}

/* Whose backups these are says the domain, which can't be read. */
static void
test_backup_of_unreadable (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *none = make_backup (0);

  put_old_backups ();
  libvirt_fail ("virDomainGetXMLDesc", VIR_ERR_INTERNAL_ERROR, 0, 0);
  run_to_end (f, "request", none);
  site_assert_status (&f->site, 1, "state=\"done\"", "<error>",
                      "virDomainGetXMLDesc", NULL);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 2);
}

/* The new backup is there all the same. */
static void
test_rotation_fails (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *one = make_backup (1);

  put_old_backups ();
  fake_control (fake, "{'rules':[{'method':'DELETE','path':'/v2/images/" OLD_2
                      "','status':409,'json':{'message':'in use'}}]}");
  run_to_end (f, "request", one);
  site_assert_status (&f->site, 1, "state=\"done\"", "name=\"new\"", "<error>",
                      NULL);
  g_assert_false (has_image (OLD_1));
  g_assert_true (has_image (OLD_2));
  g_assert_cmpuint (
      log_record_count ("PRIORITY=4", "MESSAGE=*" OLD_2 "*in use*", NULL), ==,
      1);
}

/* A backup is there even if it can't be copied to another store. */
static void
test_rotation_without_copy (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *one = make_backup (1);

  f->site.config->copy_to_base_stores = TRUE;
  site_define (&f->site, 1, NOVA ("00000000-0000-4000-8000-000000000005"));
  put_old_backups ();
  fake_control (fake, "{'images':[{'id':'00000000-0000-4000-8000-000000000005',"
                      "'status':'active','stores':'cheap,fast'}],"
                      "'config':{'import_fail':['cheap']}}");
  run_to_end (f, "request", one);
  site_assert_status (&f->site, 1, "state=\"failed\"", "name=\"new\"",
                      "could not be copied", NULL);
  g_assert_cmpuint (
      log_record_count ("IMAGE=" OLD_1, "MESSAGE=*deleted*", NULL), ==, 1);
  g_assert_cmpuint (
      log_record_count ("IMAGE=" OLD_2, "MESSAGE=*deleted*", NULL), ==, 1);
}

/* The agent died after the image was kept: what comes after is done. */
static void
test_rotation_after_crash (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *one = make_backup (1);

  libvirt_fail ("virDomainSetMetadata", VIR_ERR_RPC, 1, 1);
  run_to_wait (f, one);
  put_old_backups ();
  g_assert_true (run (f));
  g_assert_cmpuint (site_count_images (&f->site, "new"), ==, 1);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 1);
  site_assert_status (&f->site, 1, "state=\"done\"", "name=\"new\"", NULL);
}

static void
test_no_credentials_after_crash (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_fail ("virDomainSetMetadata", VIR_ERR_RPC, 1, 1);
  run_to_wait (f, PLAIN);
  g_clear_pointer (&f->site.config->auth_url, g_free);
  g_assert_true (run (f));
  site_assert_status (&f->site, 1, "state=\"done\"", "name=\"one\"", "<error>",
                      "OS_", NULL);
}

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
run_stop (Fixture *f, const char *reasons)
{
  g_autofree char *wish = g_strdup_printf ("'wish':{'reasons':[%s]}", reasons);

  run_to_end (f, "stopped", wish);
}

/* The images are refused, which is quick and tells that one was wanted. */
static void
test_stop_reasons (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  fake_control (fake, "{'rules':[{'method':'POST','path':'/v2/images',"
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
test_stopped_and_done (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_set_shutoff_reason (VIR_DOMAIN_SHUTOFF_CRASHED);
  run_to_end (f, "stopped",
              "'wish':{'name':'one','reasons':['shutdown','crashed']}");
  site_assert_status (&f->site, 1, "state=\"done\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, "one"), ==, 1);
}

static void
test_started_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  virDomainPtr domain = site_find (&f->site, 1);

  g_assert_cmpint (virDomainCreate (domain), ==, 0);
  run_to_end (f, "stopped", "'wish':{'reasons':['shutdown']}");
  site_assert_status (&f->site, 1, "state=\"skipped\"", "started again", NULL);
  g_assert_cmpuint (site_count_files (&f->site, "jobs"), ==, 0);
  virDomainDestroy (domain);
  virDomainFree (domain);
}

static void
test_stop_unknown (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  libvirt_fail ("virDomainGetState", VIR_ERR_INTERNAL_ERROR, 0, 1);
  run_to_end (f, "stopped", "'wish':{'reasons':['shutdown']}");
  site_assert_status (&f->site, 1, "state=\"failed\"", "virDomainGetState",
                      NULL);
}

static void
test_stop_with_problem (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  run_to_end (f, "stopped", "'problem':'a policy that is wrong'");
  site_assert_status (&f->site, 1, "state=\"failed\"", "a policy that is wrong",
                      NULL);
}

/* libvirt's snapshots */

#define CREATED 1700000000

/* A qcow2 disk with a snapshot inside it, which libvirt knows. */
static void
make_snapshot (Fixture *f, gint64 created)
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
delete_snapshot (Fixture *f)
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
test_libvirt_snapshot (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_snapshot (f, CREATED);
  run_to_end (f, "snapshot", SNAPSHOT);
  site_assert_status (&f->site, 1, "state=\"done\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, "one"), ==, 1);
}

static void
test_libvirt_snapshot_gone (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_snapshot (f, CREATED);
  delete_snapshot (f);
  run_to_end (f, "snapshot", SNAPSHOT);
  site_assert_status (&f->site, 1, "state=\"skipped\"", "'saved'", "deleted",
                      NULL);
  g_assert_cmpuint (site_count_files (&f->site, "jobs"), ==, 0);
}

/* Another one has its name by now. */
static void
test_libvirt_snapshot_replaced (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_snapshot (f, CREATED + 1);
  run_to_end (f, "snapshot", SNAPSHOT);
  site_assert_status (&f->site, 1, "state=\"skipped\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 0);
}

static gpointer
delete_when_uploading (gpointer data)
{
  Fixture *f = data;

  site_await_requests (&f->site, "PUT", "/v2/images/*/file", 1);
  delete_snapshot (f);
  fake_control (fake, "{'release':true}");
  return NULL;
}

/* It was deleted while it was uploaded: that the upload failed then is no
 * failure of the order. */
static void
test_libvirt_snapshot_deleted_late (Fixture *f,
                                    gconstpointer data G_GNUC_UNUSED)
{
  GThread *thread;

  make_snapshot (f, CREATED);
  fake_control (fake, "{'rules':[{" PUT ",'hold':true,'status':403}]}");
  thread = g_thread_new ("deleter", delete_when_uploading, f);
  run_to_end (f, "snapshot", SNAPSHOT);
  g_thread_join (thread);
  site_assert_status (&f->site, 1, "state=\"skipped\"", NULL);
  g_assert_cmpuint (site_count_images (&f->site, NULL), ==, 0);
}

static void
test_libvirt_snapshot_unreadable (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  make_snapshot (f, CREATED);
  libvirt_fail ("virDomainSnapshotGetXMLDesc", VIR_ERR_INTERNAL_ERROR, 0, 0);
  run_to_end (f, "snapshot", SNAPSHOT);
  site_assert_status (&f->site, 1, "state=\"failed\"",
                      "virDomainSnapshotGetXMLDesc", NULL);
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
  g_test_add ("/orders/" name, Fixture, NULL, set_up, function, tear_down)
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
  ADD ("backup", test_backup);
  ADD ("backup-of-none", test_backup_of_none);
  ADD ("backup-of-unreadable", test_backup_of_unreadable);
  ADD ("rotation-fails", test_rotation_fails);
  ADD ("rotation-without-copy", test_rotation_without_copy);
  ADD ("rotation-after-crash", test_rotation_after_crash);
  ADD ("no-credentials-after-crash", test_no_credentials_after_crash);
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
  status = g_test_run ();
  fake_free (fake);
  return status;
}

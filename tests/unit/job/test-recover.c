/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recovering what dead jobs left: which jobs, what becomes of them, and that
 * one that can't be recovered is in the way of no other one. */
#include "job/recover.h"

#include <string.h>

#include "disk/disk.h"
#include "domain/domain.h"
#include "inventory/error.h"
#include "host/host.h"
#include "job/error.h"
#include "lib/job-file.h"
#include "journal/lock.h"
#include "lib/workdir.h"
#include "journal/journal.h"

typedef struct {
  Workdir *dir;
  VgConfig *config;
  GPtrArray *phases, *warnings;
  VgReport report;
} Fixture;

static void
note (const char *text, gpointer data)
{
  g_ptr_array_add (((Fixture *) data)->phases, g_strdup (text));
}

static void
warn (const char *text, gpointer data)
{
  g_ptr_array_add (((Fixture *) data)->warnings, g_strdup (text));
}

static void
set_up (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  fix->dir = workdir_new ();
  fix->config = vg_config_new ();
  g_free (fix->config->state_path);
  g_free (fix->config->runtime_path);
  fix->config->state_path = workdir_path (fix->dir, "state");
  fix->config->runtime_path = workdir_path (fix->dir, "run");
  fix->phases = g_ptr_array_new_with_free_func (g_free);
  fix->warnings = g_ptr_array_new_with_free_func (g_free);
  fix->report.phase = note;
  fix->report.warning = warn;
  fix->report.data = fix;
}

static void
tear_down (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_ptr_array_unref (fix->phases);
  g_ptr_array_unref (fix->warnings);
  vg_config_free (fix->config);
  workdir_remove (fix->dir);
}

static VgJournal *
new_job (const Fixture *fix, gint64 started)
{
  return job_file_new (fix->config->state_path, started);
}

/* Returns how many jobs were recovered. */
static guint
recover (Fixture *fix, GError **error)
{
  const VgRecovery all = { 0 };
  guint n_jobs = 99;
  gboolean ok = vg_recover (fix->config, &all, &fix->report, &n_jobs, error);

  if (error != NULL)
    g_assert_cmpint (ok, ==, *error == NULL);
  return n_jobs;
}

static void
recover_well (Fixture *fix, guint expected)
{
  g_autoptr (GError) error = NULL;
  guint n = recover (fix, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, expected);
}

static void
test_nothing (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) done = new_job (fix, 5), failed = new_job (fix, 6);

  recover_well (fix, 0);
  done->state = VG_JOB_DONE;
  vg_journal_add_step (done, VG_STEP_IMAGE, "image");
  job_file_get_step (done, 0)->state = VG_STEP_KEPT;
  job_file_write (done);
  failed->state = VG_JOB_FAILED;
  job_file_write (failed);
  recover_well (fix, 0);
  g_assert_cmpuint (fix->phases->len, ==, 0);
}

static void
test_dead (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) job = new_job (fix, 5), after = NULL;
  const char *folder = job_file_add_folder (job, fix->dir, "folder");
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  job_file_write (job);
  recover_well (fix, 1);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  after = job_file_read (job);
  g_assert_cmpint (after->state, ==, VG_JOB_FAILED);
  g_assert_cmpstr (after->error, ==, "it was interrupted");
  g_assert_cmpint (after->finished, >=, now);
  g_assert_cmpuint (fix->phases->len, ==, 1);
  g_assert_nonnull (strstr (fix->phases->pdata[0], job->id));
  recover_well (fix, 0);
}

/* It died before its first step, or after it had undone all. */
static void
test_dead_without_steps (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) job = new_job (fix, 5), after = NULL;

  job_file_write (job);
  recover_well (fix, 1);
  after = job_file_read (job);
  g_assert_cmpint (after->state, ==, VG_JOB_FAILED);
  recover_well (fix, 0);
}

/* It died after its images were active and told to stay. */
static void
test_dead_with_image (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) job = new_job (fix, 5), after = NULL;

  vg_journal_add_step (job, VG_STEP_IMAGE, "image");
  job_file_get_step (job, 0)->state = VG_STEP_KEPT;
  job_file_add_folder (job, fix->dir, "folder");
  job_file_write (job);
  recover_well (fix, 1);
  after = job_file_read (job);
  g_assert_cmpint (after->state, ==, VG_JOB_DONE);
  g_assert_null (after->error);
  g_assert_cmpint (job_file_get_step (after, 0)->state, ==, VG_STEP_KEPT);
}

/* It failed, and couldn't undo all: what it failed of stays told. */
static void
test_leftover (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) job = new_job (fix, 5), after = NULL;
  const char *folder = job_file_add_folder (job, fix->dir, "folder");

  job->state = VG_JOB_FAILED;
  job->error = g_strdup ("no space");
  job->finished = 9;
  job_file_write (job);
  recover_well (fix, 1);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  after = job_file_read (job);
  g_assert_cmpint (after->state, ==, VG_JOB_FAILED);
  g_assert_cmpstr (after->error, ==, "no space");
  g_assert_cmpint (after->finished, ==, 9);
  g_assert_false (vg_journal_has_leftovers (after));
}

static void
test_alive (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) job = new_job (fix, 5);
  const char *folder = job_file_add_folder (job, fix->dir, "folder");
  VgLock *lock =
      vg_lock_take (fix->config->state_path, job->uuid, job->id, NULL);

  g_assert_nonnull (lock);
  job_file_write (job);
  recover_well (fix, 0);
  g_assert_true (g_file_test (folder, G_FILE_TEST_EXISTS));
  vg_lock_free (lock);
  recover_well (fix, 1);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
}

/* Another job is at work on the domain: its own undoing must not be met. */
static void
test_busy (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) job = new_job (fix, 5);
  const char *folder = job_file_add_folder (job, fix->dir, "folder");
  g_autoptr (VgLock) lock =
      vg_lock_take (fix->config->state_path, job->uuid, "another", NULL);
  g_autoptr (GError) error = NULL;

  job_file_write (job);
  g_assert_cmpuint (recover (fix, &error), ==, 0);
  g_assert_error (error, VG_LOCK_ERROR, VG_LOCK_ERROR_HELD);
  g_assert_nonnull (strstr (error->message, "another"));
  g_assert_true (g_file_test (folder, G_FILE_TEST_EXISTS));
}

/* A job that ends well while others are recovered. */
typedef struct {
  Fixture *fix;
  VgJournal *job;
  VgLock *lock;
} Ending;

static void
end_well (const char *text G_GNUC_UNUSED, gpointer data)
{
  Ending *ending = data;

  if (ending->lock == NULL)
    return;
  job_file_get_step (ending->job, 0)->state = VG_STEP_KEPT;
  ending->job->state = VG_JOB_DONE;
  job_file_write (ending->job);
  g_clear_pointer (&ending->lock, vg_lock_free);
}

static void
test_ends_meanwhile (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) dead = new_job (fix, 5), job = new_job (fix, 6);
  Ending ending = { .fix = fix, .job = job };
  g_autoptr (VgJournal) after = NULL;

  job_file_add_folder (dead, fix->dir, "folder");
  g_free (dead->uuid);
  dead->uuid = g_strdup ("00000000-0000-4000-8000-000000000000");
  job_file_write (dead);
  vg_journal_add_step (job, VG_STEP_IMAGE, "image");
  job_file_write (job);
  ending.lock =
      vg_lock_take (fix->config->state_path, job->uuid, job->id, NULL);
  fix->report.phase = end_well;
  fix->report.data = &ending;
  recover_well (fix, 1);
  g_assert_null (ending.lock);
  after = job_file_read (job);
  g_assert_cmpint (after->state, ==, VG_JOB_DONE);
  g_assert_cmpint (job_file_get_step (after, 0)->state, ==, VG_STEP_KEPT);
}

/* Each is tried, and each failure is told. */
static void
test_failing (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) first = new_job (fix, 5), second = new_job (fix, 6);
  g_autoptr (VgJournal) third = new_job (fix, 7), after = NULL;
  const char *folder = job_file_add_folder (second, fix->dir, "folder");
  g_autoptr (GError) error = NULL;

  vg_journal_add_step (first, VG_STEP_IMAGE, "image-one");
  vg_journal_add_step (third, VG_STEP_IMAGE, "image-three");
  job_file_write (first);
  job_file_write (second);
  job_file_write (third);
  g_assert_cmpuint (recover (fix, &error), ==, 1);
  g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, first->id));
  g_assert_nonnull (strstr (error->message, "image-one"));
  g_assert_cmpuint (fix->warnings->len, ==, 1);
  g_assert_nonnull (strstr (fix->warnings->pdata[0], "image-three"));
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  after = job_file_read (first);
  g_assert_cmpint (after->state, ==, VG_JOB_RUNNING);
  g_assert_true (vg_journal_has_leftovers (after));
}

/* What can be undone without Glance is undone before it is missed. */
static void
test_without_glance (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) job = new_job (fix, 5), after = NULL;
  const char *folder = NULL;
  g_autoptr (GError) error = NULL;

  vg_journal_add_step (job, VG_STEP_IMAGE, "image");
  folder = job_file_add_folder (job, fix->dir, "folder");
  vg_journal_add_step (job, VG_STEP_FREEZE, "test");
  job_file_write (job);
  g_assert_cmpuint (recover (fix, &error), ==, 0);
  g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  after = job_file_read (job);
  g_assert_cmpint (job_file_get_step (after, 0)->state, ==, VG_STEP_BEGUN);
  g_assert_cmpint (job_file_get_step (after, 2)->state, ==, VG_STEP_UNDONE);
}

/* Nothing is frozen, and no job runs, where no domain is. */
static void
test_domain_gone (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) job = new_job (fix, 5), after = NULL;

  g_free (job->uuid);
  job->uuid = g_strdup ("00000000-0000-4000-8000-000000000000");
  vg_journal_add_step (job, VG_STEP_FREEZE, "gone");
  vg_journal_add_step (job, VG_STEP_BACKUP, "/nowhere");
  job_file_write (job);
  recover_well (fix, 1);
  after = job_file_read (job);
  g_assert_false (vg_journal_has_leftovers (after));
}

/* … but who can't ask doesn't know. */
static void
test_no_libvirt (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) job = new_job (fix, 5), after = NULL;
  g_autoptr (GError) error = NULL;

  g_free (job->uri);
  job->uri = g_strdup ("qemu+unix:///system?socket=/nowhere");
  vg_journal_add_step (job, VG_STEP_FREEZE, "test");
  job_file_write (job);
  g_assert_cmpuint (recover (fix, &error), ==, 0);
  g_assert_error (error, VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION);
  g_assert_nonnull (strstr (error->message, job->id));
  after = job_file_read (job);
  g_assert_true (vg_journal_has_leftovers (after));
}

/* Folders are deleted without anybody's help. */
static void
test_folders_alone (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) job = new_job (fix, 5);

  g_free (job->uri);
  job->uri = g_strdup ("qemu+unix:///system?socket=/nowhere");
  job_file_add_folder (job, fix->dir, "folder");
  job_file_write (job);
  recover_well (fix, 1);
}

/* One job alone, by its id. */
static void
test_one (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) job = new_job (fix, 5), other = new_job (fix, 6);
  const char *folder = job_file_add_folder (job, fix->dir, "folder");
  const char *untouched = job_file_add_folder (other, fix->dir, "untouched");
  g_autoptr (GError) error = NULL;
  const VgRecovery one = { .job_id = job->id }, none = { .job_id = "no-such" };
  guint n = 99;

  job_file_write (job);
  job_file_write (other);
  g_assert_true (vg_recover (fix->config, &one, &fix->report, &n, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, 1);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (untouched, G_FILE_TEST_EXISTS));
  /* Once more there is nothing to do, which is no error. */
  g_assert_true (vg_recover (fix->config, &one, &fix->report, &n, &error));
  g_assert_cmpuint (n, ==, 0);
  g_assert_false (vg_recover (fix->config, &none, &fix->report, &n, &error));
  g_assert_error (error, VG_RUN_ERROR, VG_RUN_ERROR_NO_JOB);
  g_assert_nonnull (strstr (error->message, "unknown job no-such"));
}

/* A journal that can't be read is told before all else, and stays as it is; the
 * others are recovered all the same. */
static void
test_unread (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char newer[] = "{\"version\": 2}";
  g_autoptr (VgJournal) job = new_job (fix, 5), failing = new_job (fix, 6);
  const char *folder = job_file_add_folder (job, fix->dir, "folder");
  g_autofree char *path = NULL, *bad = NULL, *text = NULL;
  g_autoptr (GError) error = NULL;

  job_file_write (job);
  vg_journal_add_step (failing, VG_STEP_IMAGE, "image");
  job_file_write (failing);
  path = workdir_file (fix->dir, "state/jobs/newer.json", newer);
  bad = workdir_file (fix->dir, "state/jobs/bad.json", "{");
  g_assert_cmpuint (recover (fix, &error), ==, 1);
  g_assert_error (error, VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER);
  g_assert_nonnull (strstr (error->message, bad));
  g_assert_cmpuint (fix->warnings->len, ==, 2);
  g_assert_nonnull (strstr (fix->warnings->pdata[0], path));
  g_assert_nonnull (strstr (fix->warnings->pdata[0],
                            "run 'virt-glance recover' of that version"));
  g_assert_nonnull (strstr (fix->warnings->pdata[1], failing->id));
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, newer);
}

#define FLATTENED "5f0c3a52-7d0e-4a6c-9a55-0d8a3f6f4b11/images/i"

/* What is left to be done isn't undone: it stays to be done, and says why; and
 * when it is done it has not failed. */
static void
test_flatten (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgJournal) job = new_job (fix, 5), after = NULL, done = NULL;
  g_autoptr (GError) error = NULL;

  job->kind = VG_JOB_FLATTEN;
  vg_journal_add_step (job, VG_STEP_FLATTEN, FLATTENED);
  job_file_write (job);
  g_assert_cmpuint (recover (fix, &error), ==, 0);
  g_assert_true (error->domain == VG_DISK_ERROR);
  g_assert_cmpuint (fix->phases->len, ==, 1);
  g_assert_true (g_str_has_prefix (fix->phases->pdata[0], "Flattening image"));
  after = job_file_read (job);
  g_assert_cmpint (after->state, ==, VG_JOB_RUNNING);
  g_assert_nonnull (after->error);
  g_assert_nonnull (strstr (error->message, after->error));
  g_assert_true (vg_journal_has_leftovers (after));

  job_file_get_step (after, 0)->state = VG_STEP_UNDONE;
  job_file_write (after);
  recover_well (fix, 1);
  done = job_file_read (job);
  g_assert_cmpint (done->kind, ==, VG_JOB_FLATTEN);
  g_assert_cmpint (done->state, ==, VG_JOB_DONE);
  g_assert_null (done->error);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_auto (GStrv) names = g_listenv ();

  g_test_init (&argc, &argv, NULL);
  /* No test here has a Glance to ask. */
  for (char **name = names; *name != NULL; name++)
    if (g_str_has_prefix (*name, "OS_"))
      g_unsetenv (*name);
  add ("/recover/nothing", test_nothing);
  add ("/recover/dead", test_dead);
  add ("/recover/dead-without-steps", test_dead_without_steps);
  add ("/recover/dead-with-image", test_dead_with_image);
  add ("/recover/leftover", test_leftover);
  add ("/recover/alive", test_alive);
  add ("/recover/busy", test_busy);
  add ("/recover/ends-meanwhile", test_ends_meanwhile);
  add ("/recover/failing", test_failing);
  add ("/recover/without-glance", test_without_glance);
  add ("/recover/domain-gone", test_domain_gone);
  add ("/recover/no-libvirt", test_no_libvirt);
  add ("/recover/folders-alone", test_folders_alone);
  add ("/recover/one", test_one);
  add ("/recover/unread", test_unread);
  add ("/recover/flatten", test_flatten);
  return g_test_run ();
}

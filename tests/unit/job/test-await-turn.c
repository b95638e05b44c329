/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job that waits for its turn, gets it, or ends before. */
#include "job/await-turn.h"

#include <string.h>

#include "job/error.h"
#include "job/record.h"
#include "lib/workdir.h"

typedef struct {
  Workdir *dir;
  VgConfig *config;
  VgRequest *request;
  VgJournal *journal;
  GCancellable *cancellable;
  VgTurn *other; /* of another job, which has its turn */
  guint phases;
  VgReport report;
  VgJob job;
} Fixture;

static void
on_phase (const char *text, gpointer data)
{
  g_assert_nonnull (strstr (text, "max_jobs = 1"));
  ((Fixture *) data)->phases++;
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  gboolean begins;

  f->dir = workdir_new ();
  f->config = vg_config_load ("/dev/null", NULL);
  g_free (f->config->state_path);
  f->config->state_path = g_strdup (f->dir);
  f->config->max_jobs = 1;
  f->request = vg_request_new ("guest");
  f->journal = vg_journal_new (f->dir);
  f->journal->domain = g_strdup ("guest");
  f->journal->uuid = g_strdup ("2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8");
  f->journal->uri = g_strdup ("test:///default");
  f->cancellable = g_cancellable_new ();
  f->report = (VgReport){ .phase = on_phase, .data = f };
  f->job = (VgJob){ .request = f->request,
                    .config = f->config,
                    .report = &f->report,
                    .cancellable = f->cancellable,
                    .journal = f->journal };
  f->other = vg_turn_queue (f->dir, "other", NULL);
  g_assert_true (vg_turn_try (f->other, 1, &begins, NULL) && begins);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  vg_turn_free (f->other);
  g_object_unref (f->cancellable);
  vg_journal_free (f->journal);
  vg_request_free (f->request);
  vg_config_free (f->config);
  workdir_remove (f->dir);
}

/* What the caller notes is left to it. */
static void
assert_ended (Fixture *f)
{
  g_autoptr (VgJournal) read = vg_journal_read (f->journal->path, NULL);

  g_assert_cmpuint (f->phases, ==, 1);
  g_assert_nonnull (read);
  g_assert_cmpint (read->state, ==, VG_JOB_RUNNING);
  g_assert_false (vg_turn_is_awaited (f->dir, f->journal->id));
}

static void
test_no_limit (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgTurn) turn = NULL;

  f->config->max_jobs = 0;
  g_assert_true (vg_job_await_turn (&f->job, &turn, NULL));
  g_assert_null (turn);
  f->config->max_jobs = 2;
  g_assert_true (vg_job_await_turn (&f->job, &turn, NULL));
  g_assert_nonnull (turn);
  g_assert_cmpuint (f->phases, ==, 0);
  g_assert_false (g_file_test (f->journal->path, G_FILE_TEST_EXISTS));
}

static void
test_cancelled (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgTurn) turn = NULL;
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (f->cancellable);
  g_assert_false (vg_job_await_turn (&f->job, &turn, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_ended (f);
}

static void
test_until (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgTurn) turn = NULL;
  g_autoptr (GError) error = NULL;

  f->request->until = g_get_real_time () / G_USEC_PER_SEC + 3600;
  g_assert_true (vg_job_check_window (f->request, f->config, NULL));
  f->request->until = 86400;
  g_assert_false (vg_job_await_turn (&f->job, &turn, &error));
  g_assert_error (error, VG_RUN_ERROR, VG_RUN_ERROR_UNTIL);
  assert_ended (f);
}

/* Nothing new begins, also of those that have waited for their turn. */
static void
test_drained (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgTurn) turn = NULL;
  g_autoptr (GError) error = NULL;

  g_free (f->config->drain_file);
  f->config->drain_file = workdir_file (f->dir, "drain", "");
  g_assert_false (vg_job_await_turn (&f->job, &turn, &error));
  g_assert_error (error, VG_RUN_ERROR, VG_RUN_ERROR_DRAINED);
  g_assert_nonnull (strstr (error->message, f->config->drain_file));
  assert_ended (f);
}

static gpointer
wait_in_thread (gpointer data)
{
  Fixture *f = data;
  g_autoptr (VgTurn) turn = NULL;

  g_assert_true (vg_job_await_turn (&f->job, &turn, NULL));
  g_assert_nonnull (turn);
  return NULL;
}

static void
test_turn_comes (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  GThread *thread = g_thread_new ("job", wait_in_thread, f);
  g_autoptr (VgJournal) read = NULL;

  /* It is seen by others from then on. */
  while (!vg_turn_is_awaited (f->dir, f->journal->id)
         || !g_file_test (f->journal->path, G_FILE_TEST_EXISTS))
    g_usleep (1000);
  read = vg_journal_read (f->journal->path, NULL);
  g_assert_cmpint (read->state, ==, VG_JOB_RUNNING);
  g_clear_pointer (&f->other, vg_turn_free);
  g_thread_join (thread);
  g_assert_cmpuint (f->phases, ==, 1);
}

/* It waited, and failed so, twice: one job is listed, and none is to recover.
 */
static void
test_tries (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const VgReport none = { 0 };
  g_autoptr (VgTurn) turn = NULL;
  g_autoptr (GPtrArray) all = NULL, unread = NULL;
  const VgJournal *journal;

  f->request->until = 86400;
  for (int i = 0; i < 2; i++) {
    g_autoptr (GError) error = NULL;

    vg_journal_free (f->journal);
    f->job.journal = f->journal = vg_journal_new (f->dir);
    f->journal->domain = g_strdup ("guest");
    f->journal->uuid = g_strdup ("2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8");
    f->journal->order = g_strdup ("1795989279477521-2a1db656");
    g_assert_false (vg_job_await_turn (&f->job, &turn, &error));
    vg_job_record_failure (f->journal, f->config, &none, error);
  }
  all = vg_journal_list (f->dir, &unread);
  g_assert_cmpuint (all->len, ==, 1);
  journal = all->pdata[0];
  g_assert_cmpint (journal->state, ==, VG_JOB_FAILED);
  g_assert_cmpstr (journal->code, ==, "window");
  g_assert_cmpuint (journal->tries, ==, 2);
}

#define ADD(name, function)                                                    \
  g_test_add ("/await-turn/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("no-limit", test_no_limit);
  ADD ("cancelled", test_cancelled);
  ADD ("until", test_until);
  ADD ("drained", test_drained);
  ADD ("turn-comes", test_turn_comes);
  ADD ("tries", test_tries);
  return g_test_run ();
}

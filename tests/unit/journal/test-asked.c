/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When a step's object was asked for, in a journal's file; what is kept of a
 * job; and which objects are known to be undone. */
#include <string.h>
#include <utime.h>

#include "lib/job-file.h"
#include "lib/workdir.h"

#define SNAPSHOT "5f0c3a52-7d0e-4a6c-9a55-0d8a3f6f4b11/vms/a@virt-glance-1"

static gint64
get_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static void
assert_request (const VgJournal *journal, guint number, VgStepRequest request)
{
  g_autoptr (VgJournal) again = job_file_read (journal);

  g_assert_cmpint (job_file_get_step (again, number)->request, ==, request);
}

/* What a living job hasn't asked for yet, a dead one may have. */
static void
test_answers (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5), again = NULL;
  gint64 before = get_now ();
  g_autoptr (GError) error = NULL;
  VgStep *step;

  vg_journal_add_step (journal, VG_STEP_RBD_SNAPSHOT, SNAPSHOT);
  step = job_file_get_step (journal, 0);
  g_assert_cmpint (vg_step_get_due (step, before), ==, 0);
  job_file_write (journal);
  assert_request (journal, 0, VG_STEP_UNANSWERED);
  g_assert_true (vg_journal_ask (journal, 0, &error));
  g_assert_no_error (error);
  g_assert_cmpint (vg_step_get_due (step, get_now ()), >=, before + 120);
  again = job_file_read (journal);
  g_assert_cmpint (job_file_get_step (again, 0)->asked, >=, before);
  g_assert_cmpint (job_file_get_step (again, 0)->asked, <=, get_now ());
  vg_journal_set_answered (journal, 0);
  g_assert_cmpint (vg_step_get_due (step, get_now ()), ==, 0);
  job_file_write (journal);
  assert_request (journal, 0, VG_STEP_ANSWERED);
}

/* If it takes long until the object is asked for, the file is written again. */
static void
test_asked_later (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5), again = NULL;
  g_autoptr (GError) error = NULL;

  vg_journal_add_step (journal, VG_STEP_BACKUP, "/nowhere");
  job_file_get_step (journal, 0)->asked -= 3600;
  job_file_write (journal);
  g_assert_true (vg_journal_ask (journal, 0, &error));
  g_assert_no_error (error);
  again = job_file_read (journal);
  g_assert_cmpint (job_file_get_step (again, 0)->asked, >, get_now () - 60);
}

static void
test_asked_unwritable (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *file = workdir_file (dir, "file", "");
  g_autoptr (VgJournal) journal = job_file_new (file, 5);
  g_autoptr (GError) error = NULL;

  vg_journal_add_step (journal, VG_STEP_BACKUP, "/nowhere");
  job_file_get_step (journal, 0)->asked -= 3600;
  g_assert_false (vg_journal_ask (journal, 0, &error));
  g_assert_nonnull (error);
  g_assert_cmpint (job_file_get_step (journal, 0)->request, ==,
                   VG_STEP_UNASKED);
}

/* Of an older version: not after the file was written. */
static void
test_without_time (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5), again = NULL;
  struct utimbuf then = { .actime = 77, .modtime = 77 };

  vg_journal_add_step (journal, VG_STEP_IMAGE, "i");
  job_file_get_step (journal, 0)->asked = 0;
  job_file_write (journal);
  g_assert_cmpint (utime (journal->path, &then), ==, 0);
  again = job_file_read (journal);
  g_assert_cmpint (job_file_get_step (again, 0)->asked, ==, 77);
}

/* A kind that nobody is late with has no time, and neither has what is over. */
static void
test_members (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5);
  g_autofree char *text = NULL;

  vg_journal_add_step (journal, VG_STEP_FOLDER, "/nowhere");
  vg_journal_add_step (journal, VG_STEP_IMAGE, "i");
  vg_journal_set_undone (journal, 1);
  job_file_write (journal);
  g_assert_true (g_file_get_contents (journal->path, &text, NULL, NULL));
  g_assert_null (strstr (text, "\"asked\""));
  g_assert_null (strstr (text, "\"answered\""));
}

/* An image that was replaced is not kept with the result. */
static void
test_dropped (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 5), again = NULL;
  g_autoptr (GError) error = NULL;

  vg_journal_add_step (journal, VG_STEP_IMAGE, "stuck");
  vg_journal_add_step (journal, VG_STEP_IMAGE, "good");
  vg_journal_drop (journal, 0);
  g_assert_true (vg_journal_keep_images (journal, &error));
  g_assert_no_error (error);
  again = job_file_read (journal);
  g_assert_cmpint (job_file_get_step (again, 0)->state, ==, VG_STEP_BEGUN);
  g_assert_cmpint (job_file_get_step (again, 1)->state, ==, VG_STEP_KEPT);
}

static gboolean
is_undone (const GPtrArray *journals, const char *object)
{
  return vg_journal_all_undone (journals, VG_STEP_RBD_SNAPSHOT, object);
}

static void
test_all_undone (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (GPtrArray) journals =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_journal_free);
  VgJournal *first = job_file_new (dir, 5), *second = job_file_new (dir, 6);

  g_ptr_array_add (journals, first);
  g_ptr_array_add (journals, second);
  g_assert_false (is_undone (journals, SNAPSHOT));
  vg_journal_add_step (first, VG_STEP_RBD_SNAPSHOT, SNAPSHOT);
  g_assert_false (is_undone (journals, SNAPSHOT));
  vg_journal_set_undone (first, 0);
  g_assert_true (is_undone (journals, SNAPSHOT));
  g_assert_false (is_undone (journals, SNAPSHOT "2"));
  /* What another job has still to undo. */
  vg_journal_add_step (second, VG_STEP_RBD_IMAGE, SNAPSHOT);
  g_assert_true (is_undone (journals, SNAPSHOT));
  vg_journal_add_step (second, VG_STEP_RBD_SNAPSHOT, SNAPSHOT);
  g_assert_false (is_undone (journals, SNAPSHOT));
  vg_journal_set_undone (second, 1);
  g_assert_true (is_undone (journals, SNAPSHOT));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/asked/answers", test_answers);
  g_test_add_func ("/asked/later", test_asked_later);
  g_test_add_func ("/asked/unwritable", test_asked_unwritable);
  g_test_add_func ("/asked/without-time", test_without_time);
  g_test_add_func ("/asked/members", test_members);
  g_test_add_func ("/asked/dropped", test_dropped);
  g_test_add_func ("/asked/all-undone", test_all_undone);
  return g_test_run ();
}

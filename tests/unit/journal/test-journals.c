/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All journals of a host: which are read, which are pruned, and what is left of
 * jobs that are over. */
#include "journal/journal.h"

#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

#include "lib/job-file.h"
#include "lib/workdir.h"

/* One of that age, state and left step. */
static void
put (const char *state_path, const char *id, gint64 started, VgJobState state,
     gboolean leftover)
{
  g_autoptr (VgJournal) journal = job_file_new (state_path, 1000);
  g_autofree char *folder = g_path_get_dirname (journal->path);

  g_free (journal->id);
  g_free (journal->path);
  journal->id = g_strdup (id);
  journal->path = g_strdup_printf ("%s/%s.json", folder, id);
  journal->started = started;
  journal->state = state;
  vg_journal_add_step (journal, VG_STEP_FOLDER, "/nowhere");
  job_file_get_step (journal, 0)->state =
      leftover ? VG_STEP_BEGUN : VG_STEP_UNDONE;
  job_file_write (journal);
}

static char *
list_ids (const char *state_path)
{
  g_autoptr (GPtrArray) all = vg_journal_read_all (state_path);
  GString *ids = g_string_new (NULL);

  for (guint i = 0; i < all->len; i++)
    g_string_append_printf (ids, "%s%s", i > 0 ? " " : "",
                            ((VgJournal *) all->pdata[i])->id);
  return g_string_free (ids, FALSE);
}

static void
assert_ids (const char *state_path, const char *expected)
{
  g_autofree char *ids = list_ids (state_path);

  g_assert_cmpstr (ids, ==, expected);
}

/* The oldest first, also of those that began in the same second. */
static void
test_read_all (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *bad = NULL;

  assert_ids (dir, "");
  put (dir, "old", 5, VG_JOB_DONE, FALSE);
  put (dir, "new", 500, VG_JOB_DONE, FALSE);
  put (dir, "b", 50, VG_JOB_RUNNING, TRUE);
  put (dir, "a", 50, VG_JOB_FAILED, FALSE);
  bad = workdir_file (dir, "jobs/bad.json", "{");
  g_free (workdir_file (dir, "jobs/other.json~", "{"));
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*bad.json*");
  assert_ids (dir, "old b a new");
  g_test_assert_expected_messages ();
}

/* (A file instead of the directory: root may read any directory.) */
static void
test_unread_directory (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (GPtrArray) unread = NULL, all = NULL, none = NULL,
                        none_unread = NULL;

  none = vg_journal_list (dir, &none_unread);
  g_assert_cmpuint (none->len + none_unread->len, ==, 0);
  g_free (workdir_file (dir, "jobs", ""));
  all = vg_journal_list (dir, &unread);
  g_assert_cmpuint (all->len, ==, 0);
  g_assert_cmpuint (unread->len, ==, 1);
  g_assert_cmpstr (((VgUnreadJournal *) unread->pdata[0])->id, ==,
                   VG_UNREAD_ALL);
}

/* Each that can't be read is told, with its job's id, and why. */
static void
test_unread (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (GPtrArray) unread = NULL, all = NULL;
  g_autofree char *folder = workdir_path (dir, "jobs/folder.json");
  const VgUnreadJournal *journal;

  put (dir, "good", 5, VG_JOB_DONE, FALSE);
  g_free (workdir_file (dir, "jobs/new.json", "{\"version\": 7}"));
  g_free (workdir_file (dir, "jobs/bad.json", "{"));
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  all = vg_journal_list (dir, &unread);
  g_assert_cmpuint (all->len, ==, 1);
  g_assert_cmpuint (unread->len, ==, 3);
  journal = unread->pdata[0];
  g_assert_cmpstr (journal->id, ==, "bad");
  g_assert_true (g_str_has_suffix (journal->path, "/jobs/bad.json"));
  g_assert_error (journal->why, VG_JSON_ERROR, VG_JSON_ERROR_PARSE);
  journal = unread->pdata[1];
  g_assert_cmpstr (journal->path, ==, folder);
  g_assert_error (journal->why, VG_JSON_ERROR, VG_JSON_ERROR_PARSE);
  journal = unread->pdata[2];
  g_assert_cmpstr (journal->id, ==, "new");
  g_assert_error (journal->why, VG_JSON_ERROR, VG_JSON_ERROR_NEWER);
}

/* What can't be read isn't deleted for its age. */
static void
test_prune_unread (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *path = NULL;

  put (dir, "old", 5, VG_JOB_DONE, FALSE);
  path = workdir_file (dir, "jobs/new.json", "{\"version\": 7}");
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*new.json*newer*");
  vg_journal_prune (dir, 0);
  g_test_assert_expected_messages ();
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_prune (void)
{
  g_autoptr (Workdir) dir = workdir_new ();

  put (dir, "1", 1, VG_JOB_RUNNING, TRUE);
  put (dir, "2", 2, VG_JOB_RUNNING, FALSE);
  put (dir, "3", 3, VG_JOB_FAILED, TRUE);
  put (dir, "4", 4, VG_JOB_DONE, TRUE);
  put (dir, "5", 5, VG_JOB_DONE, FALSE);
  put (dir, "6", 6, VG_JOB_FAILED, FALSE);
  put (dir, "7", 7, VG_JOB_DONE, FALSE);
  vg_journal_prune (dir, 3);
  assert_ids (dir, "1 2 3 4 5 6 7");
  vg_journal_prune (dir, 2);
  assert_ids (dir, "1 2 3 4 6 7");
  vg_journal_prune (dir, 0);
  assert_ids (dir, "1 2 3 4");
}

/* What killed processes have left. */
static void
test_prune_left_over (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *old = NULL, *new = NULL;
  struct utimbuf long_ago = { 1000, 1000 };

  put (dir, "1", 1, VG_JOB_RUNNING, TRUE);
  old = workdir_file (dir, "jobs/1.json.A1B2C3", "{");
  new = workdir_file (dir, "jobs/1.json.D4E5F6", "{");
  g_assert_cmpint (utime (old, &long_ago), ==, 0);
  vg_journal_prune (dir, 0);
  g_assert_false (g_file_test (old, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (new, G_FILE_TEST_EXISTS));
}

static void
test_leftovers (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 1000);

  g_assert_false (vg_journal_has_leftovers (journal));
  vg_journal_add_step (journal, VG_STEP_IMAGE, "a");
  vg_journal_add_step (journal, VG_STEP_FOLDER, "b");
  g_assert_true (vg_journal_has_leftovers (journal));
  job_file_get_step (journal, 0)->state = VG_STEP_KEPT;
  g_assert_true (vg_journal_has_leftovers (journal));
  job_file_get_step (journal, 1)->state = VG_STEP_UNDONE;
  g_assert_false (vg_journal_has_leftovers (journal));
}

/* What the images are made of is kept, and what else is begun is not; nor is
 * what was undone. */
static void
test_keep (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgJournal) journal = job_file_new (dir, 1000);
  g_autoptr (VgJournal) again = NULL;
  g_autoptr (GError) error = NULL;

  vg_journal_add_step (journal, VG_STEP_IMAGE, "lost");
  vg_journal_set_undone (journal, 0);
  for (guint kind = 0; kind < VG_N_STEP_KINDS; kind++)
    vg_journal_add_step (journal, (VgStepKind) kind, "object");
  g_assert_false (vg_journal_has_kept (journal));
  g_assert_true (vg_journal_keep_images (journal, &error));
  g_assert_no_error (error);
  again = job_file_read (journal);
  g_assert_true (vg_journal_has_kept (again));
  g_assert_cmpint (job_file_get_step (again, 0)->state, ==, VG_STEP_UNDONE);
  for (guint kind = 0; kind < VG_N_STEP_KINDS; kind++)
    g_assert_cmpint (job_file_get_step (again, kind + 1)->state, ==,
                     vg_step_get_traits ((VgStepKind) kind)->part
                             == VG_STEP_OF_IMAGE
                         ? VG_STEP_KEPT
                         : VG_STEP_BEGUN);
}

/* What nobody would know of is not kept. */
static void
test_keep_unwritable (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *file = workdir_file (dir, "state", "");
  g_autoptr (VgJournal) journal = job_file_new (file, 1000);
  g_autoptr (GError) error = NULL;

  vg_journal_add_step (journal, VG_STEP_IMAGE, "image");
  vg_journal_add_step (journal, VG_STEP_FOLDER, "folder");
  g_assert_false (vg_journal_keep_images (journal, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOTDIR);
  g_assert_false (vg_journal_has_kept (journal));
  g_assert_cmpint (job_file_get_step (journal, 0)->state, ==, VG_STEP_BEGUN);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/journals/read-all", test_read_all);
  g_test_add_func ("/journals/unread", test_unread);
  g_test_add_func ("/journals/unread-directory", test_unread_directory);
  g_test_add_func ("/journals/prune-unread", test_prune_unread);
  g_test_add_func ("/journals/prune", test_prune);
  g_test_add_func ("/journals/prune-left-over", test_prune_left_over);
  g_test_add_func ("/journals/leftovers", test_leftovers);
  g_test_add_func ("/journals/keep", test_keep);
  g_test_add_func ("/journals/keep-unwritable", test_keep_unwritable);
  return g_test_run ();
}

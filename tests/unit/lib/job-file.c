/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Journals of jobs for tests. */
#include "lib/job-file.h"
#include "journal/journal.h"

VgJournal *
job_file_new (const char *state_path, gint64 started)
{
  VgJournal *journal = vg_journal_new (state_path);

  journal->domain = g_strdup ("test");
  journal->uuid = g_strdup (JOB_UUID);
  journal->uri = g_strdup (JOB_URI);
  journal->started = started;
  return journal;
}

void
job_file_write (VgJournal *journal)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = vg_journal_write (journal, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
}

VgJournal *
job_file_read (const VgJournal *journal)
{
  g_autoptr (GError) error = NULL;
  VgJournal *again = vg_journal_read (journal->path, &error);

  g_assert_no_error (error);
  return again;
}

const char *
job_file_add_folder (VgJournal *journal, const char *path, const char *name)
{
  g_autofree char *directory = g_build_filename (path, name, journal->id, NULL);
  g_autofree char *file = g_build_filename (directory, "file", NULL);
  guint number = vg_journal_add_step (journal, VG_STEP_FOLDER, directory);

  g_assert_cmpint (g_mkdir_with_parents (directory, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, "x", -1, NULL));
  return job_file_get_step (journal, number)->object;
}

VgStep *
job_file_get_step (const VgJournal *journal, guint number)
{
  g_assert_cmpuint (number, <, journal->steps->len);
  return journal->steps->pdata[number];
}

void
job_file_age_all (const char *state_path)
{
  g_autoptr (GPtrArray) all = vg_journal_read_all (state_path);

  for (guint i = 0; i < all->len; i++) {
    VgJournal *journal = all->pdata[i];

    for (guint j = 0; j < journal->steps->len; j++)
      job_file_get_step (journal, j)->asked -= 3600;
    job_file_write (journal);
  }
}

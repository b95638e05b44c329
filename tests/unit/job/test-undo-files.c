/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A restore's steps: an exchange is undone whatever it came to, or kept if all
 * are done; a device that was being overwritten stays to be undone until a
 * later restore. */
#include "job/undo-files.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "disk/swap.h"
#include "job/error.h"
#include "job/undo.h"
#include "lib/job-file.h"
#include "lib/workdir.h"

static const VgPeers nothing = { 0 };

typedef struct {
  char *dir;
  VgJournal *journal;
  char *path[2], *new[2], *old[2];
} Fixture;

static void
set_up (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->dir = workdir_new ();
  f->journal = job_file_new (f->dir, 5);
  for (guint i = 0; i < 2; i++) {
    g_autofree char *name = g_strdup_printf ("disk%u", i);

    f->path[i] = workdir_file (f->dir, name, "old");
    f->new[i] = vg_swap_get_new (f->path[i], f->journal->id);
    f->old[i] = vg_swap_get_old (f->path[i], f->journal->id);
    g_assert_true (g_file_set_contents (f->new[i], "new", -1, NULL));
    vg_journal_add_step (f->journal, VG_STEP_NEW_FILE, f->new[i]);
  }
  for (guint i = 0; i < 2; i++)
    vg_journal_add_step (f->journal, VG_STEP_SWAP, f->path[i]);
}

static void
tear_down (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  for (guint i = 0; i < 2; i++) {
    g_free (f->path[i]);
    g_free (f->new[i]);
    g_free (f->old[i]);
  }
  vg_journal_free (f->journal);
  workdir_remove (f->dir);
}

static void
settle (VgJournal *journal)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (vg_settle_swaps (journal, &nothing, &error));
  g_assert_no_error (error);
}

static void
swap (const Fixture *f, guint i)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (vg_swap_do (f->path[i], f->journal->id, &error));
  g_assert_no_error (error);
}

static void
assert_content (const char *path, const char *wanted)
{
  g_autofree char *is = NULL;

  if (wanted == NULL) {
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    return;
  }
  g_assert_true (g_file_get_contents (path, &is, NULL, NULL));
  g_assert_cmpstr (is, ==, wanted);
}

/* All steps are undone: nothing but the old disks is left. */
static void
assert_undone (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  settle (f->journal);
  g_assert_true (vg_undo_steps (f->journal, 0, &nothing, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < 2; i++) {
    assert_content (f->path[i], "old");
    assert_content (f->new[i], NULL);
    assert_content (f->old[i], NULL);
  }
  g_assert_false (vg_journal_has_kept (f->journal));
}

static void
test_not_begun (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  assert_undone (f);
  assert_undone (f);
}

static void
test_linked (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_assert_cmpint (link (f->path[0], f->old[0]), ==, 0);
  assert_undone (f);
}

static void
test_one (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  swap (f, 0);
  assert_content (f->path[0], "new");
  assert_content (f->old[0], "old");
  assert_undone (f);
}

/* Somebody removed the new disk. */
static void
test_gone (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  swap (f, 0);
  g_assert_cmpint (g_unlink (f->path[0]), ==, 0);
  assert_undone (f);
}

/* As in a file system that isn't mounted yet: it is tried again. */
static void
test_unmounted (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *away = workdir_path (f->dir, "away");

  g_assert_cmpint (g_rename (f->path[0], away), ==, 0);
  g_assert_false (vg_undo_steps (f->journal, 0, &nothing, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_cmpint (g_rename (away, f->path[0]), ==, 0);
  assert_undone (f);
}

static void
test_all (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  swap (f, 0);
  swap (f, 1);
  settle (f->journal);
  g_assert_true (vg_journal_has_kept (f->journal));
  g_assert_true (vg_undo_steps (f->journal, 0, &nothing, &error));
  for (guint i = 0; i < 2; i++) {
    assert_content (f->path[i], "new");
    assert_content (f->old[i], "old");
  }
}

/* A running job's own rollback: without settling. */
static void
test_rollback (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  swap (f, 0);
  swap (f, 1);
  g_assert_true (vg_undo_steps (f->journal, 0, &nothing, &error));
  assert_undone (f);
}

static void
test_foreign (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL, relative = NULL;
  g_autofree char *file = workdir_file (f->dir, "file", "x");
  guint first = vg_journal_add_step (f->journal, VG_STEP_NEW_FILE, file);

  g_assert_false (vg_undo_steps (f->journal, first, &nothing, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
  assert_content (file, "x");
  first = vg_journal_add_step (f->journal, VG_STEP_SWAP, "disk0");
  g_assert_false (vg_undo_steps (f->journal, first, &nothing, &relative));
  g_assert_error (relative, G_FILE_ERROR, G_FILE_ERROR_INVAL);
}

static void
test_overwrite (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (VgConfig) config = vg_config_new ();
  g_autoptr (VgJournal) later = job_file_new (f->dir, 5), again = NULL;
  g_autoptr (GError) error = NULL, whole = NULL;
  guint other, step;

  g_free (config->state_path);
  config->state_path = g_strdup (f->dir);
  vg_journal_add_step (f->journal, VG_STEP_OVERWRITE, "/dev/x");
  vg_journal_add_step (f->journal, VG_STEP_OVERWRITE, "/dev/y");
  g_assert_false (vg_undo_steps (f->journal, 0, &nothing, &error));
  g_assert_error (error, VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER);
  g_assert_nonnull (strstr (error->message, "/dev/x, a disk of domain"));
  g_assert_false (vg_check_disks_whole (config, f->journal->uuid, &whole));
  g_assert_error (whole, VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER);
  g_assert_true (vg_check_disks_whole (config, VG_JOURNAL_NO_UUID, NULL));

  /* Not by one of another device, nor by one that isn't whole itself. */
  step = vg_journal_add_step (later, VG_STEP_OVERWRITE, "/dev/x");
  vg_supersede_overwrites (config, later);
  again = job_file_read (f->journal);
  g_assert_true (vg_journal_has_leftovers (again));
  job_file_get_step (later, step)->state = VG_STEP_KEPT;
  vg_supersede_overwrites (config, later);
  g_assert_false (vg_check_disks_whole (config, f->journal->uuid, NULL));
  other = vg_journal_add_step (later, VG_STEP_OVERWRITE, "/dev/y");
  job_file_get_step (later, other)->state = VG_STEP_KEPT;
  vg_supersede_overwrites (config, later);
  g_assert_true (vg_check_disks_whole (config, f->journal->uuid, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                    \
  g_test_add ("/undo-files/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("not-begun", test_not_begun);
  ADD ("linked", test_linked);
  ADD ("one", test_one);
  ADD ("gone", test_gone);
  ADD ("unmounted", test_unmounted);
  ADD ("all", test_all);
  ADD ("rollback", test_rollback);
  ADD ("foreign", test_foreign);
  ADD ("overwrite", test_overwrite);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undoes a restore's steps: new files of disks, and their exchange. */
#include "job/undo-files.h"

#include <string.h>

#include "disk/swap.h"
#include "job/error.h"
#include "job/undo-kinds.h"
#include "job/undo-rbd.h"

/* A damaged journal must not name what is removed. */
static gboolean
check_name (const VgJournal *journal, const VgStep *step, GError **error)
{
  g_autofree char *name = g_path_get_basename (step->object);

  if (g_path_is_absolute (step->object) && strstr (name, journal->id) != NULL)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
               "the journal names the file %s, which is not one of job %s; "
               "remove it if it is not needed",
               step->object, journal->id);
  return FALSE;
}

gboolean
vg_undo_new_file (const VgJournal *journal, const VgStep *step,
                  const VgPeers *peers G_GNUC_UNUSED, GError **error)
{
  return check_name (journal, step, error)
         && vg_swap_remove_new (step->object, error);
}

gboolean
vg_undo_swap (const VgJournal *journal, const VgStep *step,
              const VgPeers *peers G_GNUC_UNUSED, GError **error)
{
  if (g_path_is_absolute (step->object))
    return vg_swap_undo (step->object, journal->id, error);
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
               "the journal names '%s', which is no file", step->object);
  return FALSE;
}

static gboolean
throw_half (const VgJournal *journal, const VgStep *step, GError **error)
{
  g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER,
               "%s, a disk of domain %s, is not whole: job %s was overwriting "
               "it when it ended, and its old content can't be brought back; "
               "don't start the domain, and restore it again ('virt-glance "
               "restore %s --overwrite')",
               step->object, journal->domain, journal->id, journal->domain);
  return FALSE;
}

gboolean
vg_undo_overwrite (const VgJournal *journal, const VgStep *step,
                   const VgPeers *peers G_GNUC_UNUSED, GError **error)
{
  return throw_half (journal, step, error);
}

static gboolean
is_swap (const VgStep *step)
{
  return step->kind == VG_STEP_SWAP || step->kind == VG_STEP_RBD_SWAP;
}

static gboolean
find_swapped (const VgJournal *journal, const VgStep *step,
              const VgPeers *peers, gboolean *done, GError **error)
{
  if (step->kind == VG_STEP_RBD_SWAP)
    return vg_rbd_swap_step_is_done (journal, step, peers, done, error);
  *done = vg_swap_is_done (step->object, journal->id);
  return TRUE;
}

/* *all: whether there are such steps, all of them begun, and their exchange
 * done. */
static gboolean
find_all_swapped (const VgJournal *journal, const VgPeers *peers, gboolean *all,
                  GError **error)
{
  gboolean any = FALSE, done = TRUE;

  for (guint i = 0; done && i < journal->steps->len; i++) {
    const VgStep *step = journal->steps->pdata[i];

    if (!is_swap (step))
      continue;
    any = TRUE;
    done = step->state == VG_STEP_BEGUN;
    if (done && !find_swapped (journal, step, peers, &done, error))
      return FALSE;
  }
  *all = any && done;
  return TRUE;
}

/* Devices are overwritten, and definitions changed, before the first exchange.
 */
static gboolean
precedes_swaps (const VgStep *step)
{
  return step->kind == VG_STEP_OVERWRITE || step->kind == VG_STEP_BACKING_STORE;
}

/* The job may have died before it noted that (job/flatten.h). */
static gboolean
add_flattening (VgJournal *journal, const VgStep *step, const VgPeers *peers,
                GError **error)
{
  gboolean is_clone;

  if (!vg_rbd_swap_step_is_clone (journal, step, peers, &is_clone, error))
    return FALSE;
  if (is_clone)
    vg_journal_add_step (journal, VG_STEP_FLATTEN, step->object);
  return TRUE;
}

gboolean
vg_settle_swaps (VgJournal *journal, const VgPeers *peers, GError **error)
{
  guint n = journal->steps->len;
  gboolean all;

  if (!find_all_swapped (journal, peers, &all, error))
    return FALSE;
  for (guint i = 0; all && i < n; i++) {
    VgStep *step = journal->steps->pdata[i];

    if (step->state != VG_STEP_BEGUN
        || (!is_swap (step) && !precedes_swaps (step)))
      continue;
    step->state = VG_STEP_KEPT;
    if (step->kind == VG_STEP_RBD_SWAP
        && !add_flattening (journal, step, peers, error))
      return FALSE;
  }
  return TRUE;
}

static VgStep *
find_overwrite (const VgJournal *journal, const char *device, VgStepState state)
{
  for (guint i = 0; i < journal->steps->len; i++) {
    VgStep *step = journal->steps->pdata[i];

    if (step->kind == VG_STEP_OVERWRITE && step->state == state
        && (device == NULL || g_str_equal (step->object, device)))
      return step;
  }
  return NULL;
}

static gboolean
supersede (VgJournal *old, const VgJournal *journal)
{
  gboolean changed = FALSE;

  for (guint i = 0; i < old->steps->len; i++) {
    VgStep *step = old->steps->pdata[i];

    if (step->kind != VG_STEP_OVERWRITE || step->state != VG_STEP_BEGUN
        || find_overwrite (journal, step->object, VG_STEP_KEPT) == NULL)
      continue;
    step->state = VG_STEP_UNDONE;
    changed = TRUE;
  }
  return changed;
}

void
vg_supersede_overwrites (const VgConfig *config, const VgJournal *journal)
{
  g_autoptr (GPtrArray) all = NULL;

  if (find_overwrite (journal, NULL, VG_STEP_KEPT) == NULL)
    return;
  all = vg_journal_read_all (config->state_path);
  for (guint i = 0; i < all->len; i++) {
    VgJournal *old = all->pdata[i];
    g_autoptr (GError) why = NULL;

    if (g_str_equal (old->uuid, journal->uuid)
        && !g_str_equal (old->id, journal->id) && supersede (old, journal)
        && !vg_journal_write (old, &why))
      g_debug ("job %s: %s", old->id, why->message);
  }
}

gboolean
vg_check_disks_whole (const VgConfig *config, const char *uuid, GError **error)
{
  g_autoptr (GPtrArray) unread = NULL;
  g_autoptr (GPtrArray) all = vg_journal_list (config->state_path, &unread);

  for (guint i = 0; i < all->len; i++) {
    const VgJournal *journal = all->pdata[i];
    const VgStep *step = find_overwrite (journal, NULL, VG_STEP_BEGUN);

    if (step != NULL && g_str_equal (journal->uuid, uuid))
      return throw_half (journal, step, error);
  }
  return TRUE;
}

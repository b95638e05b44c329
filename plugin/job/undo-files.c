/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undoes a restore's steps: new files of disks, and their exchange. */
#include "job/undo-files.h"

#include <string.h>

#include "disk/swap.h"
#include "job/undo-kinds.h"

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

/* Whether there are such steps, all of them begun, and their exchange done. */
static gboolean
is_swapped (const VgJournal *journal)
{
  gboolean any = FALSE;

  for (guint i = 0; i < journal->steps->len; i++) {
    const VgStep *step = journal->steps->pdata[i];

    if (step->kind != VG_STEP_SWAP)
      continue;
    if (step->state != VG_STEP_BEGUN
        || !vg_swap_is_done (step->object, journal->id))
      return FALSE;
    any = TRUE;
  }
  return any;
}

void
vg_settle_swaps (VgJournal *journal)
{
  if (!is_swapped (journal))
    return;
  for (guint i = 0; i < journal->steps->len; i++) {
    VgStep *step = journal->steps->pdata[i];

    if (step->kind == VG_STEP_SWAP)
      step->state = VG_STEP_KEPT;
  }
}

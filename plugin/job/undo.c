/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undoing a job's steps, by the table of their kinds. */
#include "job/undo.h"

#include "job/undo-kinds.h"

static VgUndoKind *const functions[] = {
#define FUNCTION(kind, name, needs, part, held_by, undo) undo,
  VG_STEP_KINDS (FUNCTION)
#undef FUNCTION
};

static gboolean
undo_by_kind (const VgJournal *journal, const VgStep *step,
              const VgPeers *peers, GError **error)
{
  switch (vg_step_get_traits (step->kind)->needs) {
  case VG_STEP_NEEDS_NOTHING:
    break;
  case VG_STEP_NEEDS_GUEST:
    if (peers->guest == NULL)
      return TRUE;
    break;
  case VG_STEP_NEEDS_GLANCE:
    if (peers->glance != NULL)
      break;
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                 "image %s has not been deleted yet", step->object);
    return FALSE;
  case VG_STEP_NEEDS_CEPH:
    if (peers->ceph != NULL)
      break;
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNREACHABLE,
                 "%s in Ceph has not been removed yet", step->object);
    return FALSE;
  }
  return functions[step->kind](journal, step, peers, error);
}

gboolean
vg_undo_step (VgJournal *journal, guint number, const VgPeers *peers,
              GError **error)
{
  if (!undo_by_kind (journal, journal->steps->pdata[number], peers, error))
    return FALSE;
  vg_journal_set_undone (journal, number);
  return TRUE;
}

/* Takes why. */
static void
add_error (GError **all, GError *why)
{
  GError *before = *all;

  if (before == NULL) {
    *all = why;
    return;
  }
  *all = g_error_new (before->domain, before->code, "%s; %s", before->message,
                      why->message);
  g_error_free (before);
  g_error_free (why);
}

gboolean
vg_undo_steps (VgJournal *journal, guint first, const VgPeers *peers,
               GError **error)
{
  g_autoptr (GError) all = NULL;
  g_autoptr (GError) write_error = NULL;
  guint stuck = 0; /* the kinds of steps that could not be undone, as bits */

  for (guint i = journal->steps->len; i > first; i--) {
    const VgStep *step = journal->steps->pdata[i - 1];
    g_autoptr (GError) why = NULL;

    if (step->state != VG_STEP_BEGUN
        || (vg_step_get_traits (step->kind)->held_by & stuck) != 0)
      continue;
    if (vg_undo_step (journal, i - 1, peers, &why))
      continue;
    stuck |= 1u << step->kind;
    add_error (&all, g_steal_pointer (&why));
  }
  /* What was undone will be found undone again if this is lost. */
  if (!vg_journal_write (journal, &write_error))
    g_debug ("job %s: %s", journal->id, write_error->message);
  if (all == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&all));
  return FALSE;
}

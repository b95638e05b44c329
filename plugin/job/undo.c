/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undoing a job's steps. Each undo may be repeated, and finds out by itself
 * whether there is anything to undo. */
#include "job/undo.h"

#include "disk/live.h"
#include "util/directory.h"
#include "job/undo-rbd.h"

/* The agent may be slow in a busy guest; libvirt's own default is longer. */
#define THAW_TIMEOUT_S 10

/* For another project than the job's, a private image looks like none. */
static gboolean
is_out_of_sight (const VgJournal *journal, const char *id, VgGlance *glance)
{
  const char *ours = vg_glance_get_project_id (glance);
  g_autoptr (VgImageRecord) record = NULL;

  if (journal->project_id == NULL || g_strcmp0 (journal->project_id, ours) == 0)
    return FALSE;
  record = vg_glance_get_image (glance, id, NULL, NULL);
  return record == NULL;
}

static gboolean
undo_image (const VgJournal *journal, const VgStep *step, VgGlance *glance,
            GError **error)
{
  const char *id = step->object;

  if (glance == NULL) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                 "image %s is still to be deleted", id);
    return FALSE;
  }
  if (!vg_glance_connect (glance, NULL, error))
    return FALSE;
  if (!is_out_of_sight (journal, id, glance))
    return step->kind == VG_STEP_PROTECT
               ? vg_glance_protect_image (glance, id, FALSE, NULL, error)
               : vg_glance_delete_image (glance, id, error);
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_NOT_FOUND,
               "image %s was made in project %s, and can't be seen from "
               "project %s; sign in to the former and run 'virt-glance "
               "recover'",
               id, journal->project_id, vg_glance_get_project_id (glance));
  return FALSE;
}

static gboolean
undo_in_ceph (const VgJournal *journal, const VgStep *step, VgCeph *ceph,
              GError **error)
{
  if (ceph != NULL)
    return vg_undo_rbd_undo (journal, step, ceph, error);
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNREACHABLE,
               "%s in Ceph is still to be removed", step->object);
  return FALSE;
}

static gboolean
undo_step (const VgJournal *journal, const VgStep *step, const VgPeers *peers,
           GError **error)
{
  VgGuest *guest = peers->guest;

  switch (step->kind) {
  case VG_STEP_FOLDER:
    return vg_directory_remove (step->object, error);
  case VG_STEP_IMAGE:
  case VG_STEP_LOCATION:
  case VG_STEP_PROTECT:
    return undo_image (journal, step, peers->glance, error);
  case VG_STEP_FREEZE:
    return guest == NULL || vg_guest_thaw (guest, THAW_TIMEOUT_S, error);
  case VG_STEP_BACKUP:
    return guest == NULL || vg_live_end (guest, step->object, error);
  case VG_STEP_RBD_SNAPSHOT:
  case VG_STEP_RBD_IMAGE:
  case VG_STEP_FLATTEN:
    return undo_in_ceph (journal, step, peers->ceph, error);
  }
  g_assert_not_reached ();
}

/* What a step needs that was taken before it, and that must stay as long as it
 * can't be undone. */
static gboolean
is_held (const VgStep *step, gboolean backup, gboolean in_ceph)
{
  return (backup && step->kind == VG_STEP_FOLDER)
         || (in_ceph && vg_undo_rbd_is (step->kind));
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
  gboolean backup = FALSE, in_ceph = FALSE; /* could not be undone */

  for (guint i = journal->steps->len; i > first; i--) {
    VgStep *step = journal->steps->pdata[i - 1];
    g_autoptr (GError) why = NULL;

    if (step->state != VG_STEP_BEGUN || is_held (step, backup, in_ceph))
      continue;
    if (undo_step (journal, step, peers, &why)) {
      step->state = VG_STEP_UNDONE;
      continue;
    }
    backup = backup || step->kind == VG_STEP_BACKUP;
    in_ceph = in_ceph || step->kind == VG_STEP_LOCATION
              || step->kind == VG_STEP_RBD_IMAGE
              || step->kind == VG_STEP_FLATTEN;
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undoes a job's steps in Glance. */
#include "job/undo-kinds.h"

/* To other projects than the job's, a private image seems not to exist. */
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

/* Connects, and checks that an invisible image really does not exist. The
 * action, "delete", is for the message. */
static gboolean
check_sight (const VgJournal *journal, const char *action, const char *id,
             VgGlance *glance, GError **error)
{
  if (!vg_glance_connect (glance, NULL, error)) {
    g_prefix_error (error, "can't %s image %s: ", action, id);
    return FALSE;
  }
  if (!is_out_of_sight (journal, id, glance))
    return TRUE;
  g_set_error (
      error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_NOT_FOUND,
      "image %s was created in project %s and is not visible from project %s; "
      "authenticate to the former and run 'virt-glance recover'",
      id, journal->project_id, vg_glance_get_project_id (glance));
  return FALSE;
}

/* Glance must not have an image whose data are taken away next. */
gboolean
vg_undo_location (const VgJournal *journal, const VgStep *step,
                  const VgPeers *peers, GError **error)
{
  return check_sight (journal, "delete", step->object, peers->glance, error)
         && vg_glance_delete_image (peers->glance, step->object, error);
}

/* The steps of all images are written before the first is asked for. */
gboolean
vg_undo_image (const VgJournal *journal, const VgStep *step,
               const VgPeers *peers, GError **error)
{
  return step->request == VG_STEP_UNASKED
         || vg_undo_location (journal, step, peers, error);
}

gboolean
vg_look_image (const VgJournal *journal G_GNUC_UNUSED, const VgStep *step,
               const VgPeers *peers)
{
  g_autoptr (VgImageRecord) record =
      vg_glance_get_image (peers->glance, step->object, NULL, NULL);

  return record != NULL;
}

gboolean
vg_undo_protection (const VgJournal *journal, const VgStep *step,
                    const VgPeers *peers, GError **error)
{
  return check_sight (journal, "remove the deletion protection of",
                      step->object, peers->glance, error)
         && vg_glance_protect_image (peers->glance, step->object, FALSE, NULL,
                                     error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undoes a job's steps in the guest and on this host. */
#include "job/undo-kinds.h"

#include "disk/live.h"
#include "util/directory.h"

/* Limit for a slow agent in a busy guest; libvirt's default is longer. */
#define THAW_TIMEOUT_S 10

/* A damaged journal must not name what is deleted with all in it. */
gboolean
vg_undo_folder (const VgJournal *journal, const VgStep *step,
                const VgPeers *peers G_GNUC_UNUSED, GError **error)
{
  g_autofree char *name = g_path_get_basename (step->object);

  if (g_str_equal (name, journal->id))
    return vg_directory_remove (step->object, error);
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
               "the journal names the directory %s, which is not one of job "
               "%s; delete it if it is not needed",
               step->object, journal->id);
  return FALSE;
}

gboolean
vg_undo_freeze (const VgJournal *journal G_GNUC_UNUSED,
                const VgStep *step G_GNUC_UNUSED, const VgPeers *peers,
                GError **error)
{
  /* A thaw runs the guest's hooks, so not without need. */
  return vg_guest_is_thawed (peers->guest, THAW_TIMEOUT_S)
         || vg_guest_thaw (peers->guest, THAW_TIMEOUT_S, error);
}

gboolean
vg_undo_backup (const VgJournal *journal G_GNUC_UNUSED, const VgStep *step,
                const VgPeers *peers, GError **error)
{
  return vg_live_end (peers->guest, step->object, error);
}

/* A domain that is shut off can't begin one. */
gboolean
vg_look_backup (const VgJournal *journal G_GNUC_UNUSED, const VgStep *step,
                const VgPeers *peers)
{
  gboolean held = FALSE, active = TRUE;

  return (vg_live_is_held (peers->guest, step->object, &held, NULL) && held)
         || (vg_guest_get_active (peers->guest, &active, NULL) && !active);
}

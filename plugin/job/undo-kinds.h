/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a step of each kind is undone: the functions that the table in
 * journal/step.h names, for undo.c alone.
 *
 * The peer that the table says is needed is there. A function undoes the step
 * by its object and what else the journal says, never by what only the process
 * that took the step could know. It finds out by itself whether there is
 * anything to undo: what isn't there, or no more, is success. It may be called
 * again after it failed, or succeeded. It blocks, and can't be cancelled.
 */
#pragma once

#include "job/peers.h"
#include "journal/journal.h"

typedef gboolean VgUndoKind (const VgJournal *journal, const VgStep *step,
                             const VgPeers *peers, GError **error);

/* GFileError. */
VgUndoKind vg_undo_folder G_GNUC_WARN_UNUSED_RESULT;

/* VG_HOST_ERROR. */
VgUndoKind vg_undo_freeze G_GNUC_WARN_UNUSED_RESULT;
VgUndoKind vg_undo_backup G_GNUC_WARN_UNUSED_RESULT;

/* VG_GLANCE_ERROR; with _NOT_FOUND where the image is out of sight, for it was
 * made in another project. */
VgUndoKind vg_undo_image G_GNUC_WARN_UNUSED_RESULT;
VgUndoKind vg_undo_protection G_GNUC_WARN_UNUSED_RESULT;

/* VG_DISK_ERROR. They connect to the cluster if need be, as each user that the
 * journal knows until one may. Flattening is all that is left to do of
 * VG_STEP_FLATTEN. */
VgUndoKind vg_undo_rbd_snapshot G_GNUC_WARN_UNUSED_RESULT;
VgUndoKind vg_undo_rbd_image G_GNUC_WARN_UNUSED_RESULT;
VgUndoKind vg_undo_flatten G_GNUC_WARN_UNUSED_RESULT;

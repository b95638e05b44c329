/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undo and look functions for the kinds of steps. The table in journal/step.h
 * names them; only undo.c calls them.
 *
 * The peer that the table requires is present. A function uses only the step's
 * object and the journal, no state of the process that took the step. It checks
 * whether there is anything to undo: a missing object is success. It may be
 * called again after a failure or success. It blocks, and can't be cancelled.
 */
#pragma once

#include "job/peers.h"
#include "journal/journal.h"

/* Whether the step's object certainly exists, or can't be made any more. The
 * same holds for these, but that they change nothing. */
typedef gboolean VgLookKind (const VgJournal *journal, const VgStep *step,
                             const VgPeers *peers);

typedef gboolean VgUndoKind (const VgJournal *journal, const VgStep *step,
                             const VgPeers *peers, GError **error);

/* GFileError. */
VgUndoKind vg_undo_folder G_GNUC_WARN_UNUSED_RESULT;

/* GFileError, VG_DISK_ERROR. */
VgUndoKind vg_undo_new_file G_GNUC_WARN_UNUSED_RESULT;
VgUndoKind vg_undo_swap G_GNUC_WARN_UNUSED_RESULT;
/* Always fails, with VG_RUN_ERROR_LEFTOVER: the old content is lost. */
VgUndoKind vg_undo_overwrite G_GNUC_WARN_UNUSED_RESULT;

/* GFileError, VG_HOST_ERROR. */
VgUndoKind vg_undo_disk_file G_GNUC_WARN_UNUSED_RESULT;
VgUndoKind vg_undo_domain G_GNUC_WARN_UNUSED_RESULT;
VgLookKind vg_look_domain G_GNUC_WARN_UNUSED_RESULT;
/* Also VG_DOMAIN_ERROR. Does nothing if the step has no XML, or the disk has
 * another source by now. */
VgUndoKind vg_undo_backing_store G_GNUC_WARN_UNUSED_RESULT;
VgLookKind vg_look_backing_store G_GNUC_WARN_UNUSED_RESULT;

/* VG_HOST_ERROR. */
VgUndoKind vg_undo_freeze G_GNUC_WARN_UNUSED_RESULT;
VgUndoKind vg_undo_backup G_GNUC_WARN_UNUSED_RESULT;
VgLookKind vg_look_backup G_GNUC_WARN_UNUSED_RESULT;

/* VG_GLANCE_ERROR; with _NOT_FOUND if the image is not visible because it was
 * created in another project. vg_undo_image() does nothing if this process has
 * not asked for the image yet. */
VgUndoKind vg_undo_image G_GNUC_WARN_UNUSED_RESULT;
VgUndoKind vg_undo_location G_GNUC_WARN_UNUSED_RESULT;
VgLookKind vg_look_image G_GNUC_WARN_UNUSED_RESULT;
VgUndoKind vg_undo_protection G_GNUC_WARN_UNUSED_RESULT;

/* VG_DISK_ERROR. Connect to the cluster if needed, trying each user in the
 * journal until one is permitted. VG_STEP_FLATTEN only has flattening left to
 * do.
 */
VgUndoKind vg_undo_rbd_snapshot G_GNUC_WARN_UNUSED_RESULT;
VgLookKind vg_look_rbd_snapshot G_GNUC_WARN_UNUSED_RESULT;
VgUndoKind vg_undo_rbd_image G_GNUC_WARN_UNUSED_RESULT;
VgUndoKind vg_undo_flatten G_GNUC_WARN_UNUSED_RESULT;
VgUndoKind vg_undo_rbd_new G_GNUC_WARN_UNUSED_RESULT;
VgUndoKind vg_undo_rbd_swap G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undoes a job's steps, after a failure or a crash. */
#pragma once

#include "job/peers.h"
#include "journal/journal.h"

/* Undoes the begun steps from number first on, in reverse order. A step that
 * fails stays begun, and so does one whose object is not there, but may still
 * appear: its request is young and was not answered. The others are still
 * undone, except those still in use: the files of a backup job that doesn't
 * end, the RBD image of an image that Glance doesn't delete, the snapshot of a
 * clone. Writes the journal afterwards. FALSE with an error that gives the
 * reason for each remaining step; VG_RUN_ERROR_LATE if the only one is that
 * something may still appear. Not cancellable; blocks.
 *
 * A peer may be NULL. Without the guest, the domain no longer exists, nor do
 * the job's objects in it; without Glance or Ceph, the steps that need them
 * stay begun. */
gboolean vg_undo_steps (VgJournal *journal, guint first, const VgPeers *peers,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same, without writing the journal. */
gboolean vg_undo_unwritten (VgJournal *journal, guint first,
                            const VgPeers *peers, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Undoes one step, which is begun, without writing the journal. peers as above.
 */
gboolean vg_undo_step (VgJournal *journal, guint number, const VgPeers *peers,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

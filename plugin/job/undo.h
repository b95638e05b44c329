/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one way back: undoing a job's steps, after a failure as after a crash. */
#pragma once

#include "job/peers.h"
#include "journal/journal.h"

/* Undoes the steps from number first on, last one first, as far as they are
 * begun; a step that fails stays begun and the others are undone all the same,
 * but for what is still in use: the files of a backup job that doesn't end, the
 * RBD image of an image that Glance doesn't delete, the snapshot of a clone.
 * The journal is written after it. FALSE with an error that says of each step
 * that is left why. Not cancellable; blocks.
 *
 * A peer may be NULL. Without the guest, the domain is gone, and with it what
 * the job made of it; without Glance or Ceph, the steps that need them stay
 * begun. */
gboolean vg_undo_steps (VgJournal *journal, guint first, const VgPeers *peers,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Undoes one step, which is begun, without writing the journal. The same of
 * peers. */
gboolean vg_undo_step (VgJournal *journal, guint number, const VgPeers *peers,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

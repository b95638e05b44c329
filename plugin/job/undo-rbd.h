/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a restore's steps in Ceph came to. */
#pragma once

#include "job/peers.h"
#include "journal/journal.h"

/* *done: whether the exchange of the step (VG_STEP_RBD_SWAP) is done. Connects
 * to the cluster as the undo functions do. VG_DISK_ERROR: it can't be told.
 * Blocks. */
gboolean vg_rbd_swap_step_is_done (const VgJournal *journal, const VgStep *step,
                                   const VgPeers *peers, gboolean *done,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* *is_clone: whether the disk of that step, the new one by now, still needs its
 * parent. Likewise. */
gboolean vg_rbd_swap_step_is_clone (const VgJournal *journal,
                                    const VgStep *step, const VgPeers *peers,
                                    gboolean *is_clone, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

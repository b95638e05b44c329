/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a dead restore came to: the guest has its old disks or its new ones,
 * never some of both. */
#pragma once

#include "job/peers.h"
#include "journal/journal.h"
#include "util/config.h"

/* Keeps the exchanges of a job whose disks were all exchanged already when it
 * died: the guest may have run on the new ones since. Those that are clones yet
 * are to be flattened, steps that are added. Otherwise changes nothing, and
 * undoing the steps brings the old ones back. Without writing the journal; its
 * domain must be locked. FALSE with VG_DISK_ERROR: Ceph does not tell, so no
 * step may be undone. Blocks. */
gboolean vg_settle_swaps (VgJournal *journal, const VgPeers *peers,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A restore has given the devices in its kept steps (VG_STEP_OVERWRITE) a whole
 * content: no earlier job of the domain has anything to undo there any more.
 * Writes the journals of those; failures are debug messages, as the next
 * restore does it again. The domain must be locked. */
void vg_supersede_overwrites (const VgConfig *config, const VgJournal *journal);

/* Whether no restore of the domain with that UUID ended while it overwrote a
 * disk: a backup of such a disk would not be one. VG_RUN_ERROR_LEFTOVER. */
gboolean vg_check_disks_whole (const VgConfig *config, const char *uuid,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a dead restore came to: the guest has its old disks or its new ones,
 * never some of both. */
#pragma once

#include "journal/journal.h"

/* Keeps the exchanges of a job whose disks were all exchanged already when it
 * died: the guest may have run on the new ones since. Otherwise changes
 * nothing, and undoing the steps brings the old ones back. Without writing the
 * journal; its domain must be locked. */
void vg_settle_swaps (VgJournal *journal);

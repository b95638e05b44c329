/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of a job that made something in Ceph. */
#pragma once

#include "instant/ceph.h"
#include "journal/journal.h"

/* Whether it is one of these. */
gboolean vg_undo_rbd_is (VgStepKind kind);

/* Undoes it; of VG_STEP_FLATTEN that is to flatten the image, which is all that
 * is left to do of it. What isn't there any more is success. Connects to the
 * cluster if need be; blocks. Errors: VG_DISK_ERROR. */
gboolean vg_undo_rbd_undo (const VgJournal *journal, const VgStep *step,
                           VgCeph *ceph, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

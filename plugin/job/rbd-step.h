/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of a job that made something in Ceph. */
#pragma once

#include "job/ceph.h"
#include "job/journal.h"

/* The name of a job's snapshots of the guest's images. Free with g_free(). */
char *vg_rbd_step_snapshot_name (const VgJournal *journal);

/* Whether it is one of these. */
gboolean vg_rbd_step_is (VgStepKind kind);

/* Undoes it; of VG_STEP_FLATTEN that is to flatten the image, which is all that
 * is left to do of it. What isn't there any more is success. Connects to the
 * cluster if need be; blocks. Errors: VG_DISK_ERROR. */
gboolean vg_rbd_step_undo (const VgJournal *journal, const VgStep *step,
                           VgCeph *ceph, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

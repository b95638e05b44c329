/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The moment in which a guest's new disks take the places of the old ones. */
#pragma once

#include "job/job.h"
#include "restore/guest-plan.h"

/* Looks at the guest and its disks once more, exchanges all disks,
 * and keeps that in the journal: from then on they stay. FALSE: the steps in
 * the journal are to be undone, and the guest has its old disks then, but for
 * a block device that was being overwritten. Errors:
 * as of guest-plan.h; VG_HOST_ERROR_BUSY also if the guest was started
 * meanwhile; GFileError. flattenings: a list from vg_flatten_new_list(), gets
 * the jobs to start once this one has ended. Blocks. */
gboolean vg_exchange_disks (const VgJob *job, VgGuestPlan *plan,
                            GPtrArray *flattenings, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks for likely failures before anything is created. */
#pragma once

#include "job/job.h"

/* Checks that a saved domain need not be quiesced. VG_RUN_ERROR_SAVED. */
gboolean vg_precheck_saved (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The same, and that the files of a shut-off domain's disks are there and may
 * be read. VG_RUN_ERROR_SAVED, VG_DISK_ERROR, VG_HOST_ERROR. */
gboolean vg_precheck_shut_off (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Checks that a running domain can be snapshotted: its agent answers, if
 * quiescing is required; no other job uses its disks; and there is space for
 * scratch files. Creates their directory, and that of the sockets, which must
 * not be changed by others. VG_HOST_ERROR,
 * VG_SCRATCH_SPACE_ERROR, GFileError. */
gboolean vg_precheck_running (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

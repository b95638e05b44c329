/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may fail is looked at before anything is made. */
#pragma once

#include "job/job.h"

/* Whether the snapshot of a running domain can be taken: its agent answers, if
 * it must be quiesced; no other job is at work on its disks; and there is space
 * for scratch files. Makes the directory of these. VG_HOST_ERROR,
 * VG_SCRATCH_SPACE_ERROR, GFileError. */
gboolean vg_precheck_running (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

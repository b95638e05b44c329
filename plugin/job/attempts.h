/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Taking the instant and reading it, again where it was lost. */
#pragma once

#include "instant/thaw-watchdog.h"
#include "job/job.h"

/* Fills the job's images, which are queued, and waits until they are active.
 * *watchdog is from vg_quiesce_prepare(), and taken by the first freeze.
 * Blocks. What it leaves, also after a failure, are steps of the journal.
 * Errors: VG_RUN_ERROR_RESTLESS after a few lost instants; those of all rooms
 * below. */
gboolean vg_attempts_make (const VgJob *job, VgThawWatchdog **watchdog,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

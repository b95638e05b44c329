/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits until a job may begin: [DEFAULT] max_jobs, and the end of the window.
 */
#pragma once

#include "job/job.h"
#include "journal/turn.h"

/* Whether a job may begin now: it isn't too late (the request's until), and the
 * host is not being drained. VG_RUN_ERROR_UNTIL, VG_RUN_ERROR_DRAINED. */
gboolean vg_job_check_window (const VgRequest *request, const VgConfig *config,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Waits for the turn of the job, whose journal has a domain; sets *turn, which
 * ends it, or NULL without a limit. While it waits, the journal is written, so
 * that others see the job; if it fails then, the caller notes that there.
 * VG_RUN_ERROR_UNTIL, VG_RUN_ERROR_DRAINED, VG_LOCK_ERROR_FAILED,
 * G_IO_ERROR_CANCELLED. Blocks. */
gboolean vg_job_await_turn (const VgJob *job, VgTurn **turn, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

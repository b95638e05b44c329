/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every kind of job does at its start and at its end. */
#pragma once

#include "job/job.h"

/* Takes the domain's lock for the job, which has a journal, and sets
 * job->lock. Returns the lock, the caller's to free; NULL with VG_LOCK_ERROR,
 * and the domain's name. */
VgLock *vg_job_lock (VgJob *job, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Deletes the journals of old jobs, all of which it reads: to be called before
 * vg_job_begin(), while the job waits for something else if it does. */
void vg_job_tidy (const VgConfig *config);

/* Writes the journal for the first time, before anything is created, and tells
 * report that the job has begun. FALSE if it was cancelled before, or the
 * journal can't be written. */
gboolean vg_job_begin (const VgJob *job, const VgReport *report, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Undoes all steps that are not kept, and records in the journal that the job
 * is over. failure: of the job; NULL: none. FALSE if something is left, or the
 * record can't be written, and why. Blocks. */
gboolean vg_job_finish (const VgJob *job, const GError *failure, GError **why)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the jobs that bring disks back have in common. */
#pragma once

#include "job/job.h"

/* Adds the image that a disk (target: "vda") gets to the journal. Borrowed. */
VgJobImage *vg_restored_note_image (VgJournal *journal,
                                    const VgImageRecord *record,
                                    const char *target);

/* Ends the job by vg_job_finish(). done: what has become of the domain without
 * a failure, such as "restored". Sets error to a copy of failure, unless that
 * is NULL, or VG_RUN_ERROR_LEFTOVER or VG_RUN_ERROR_LATE, with failure's
 * message, if not all is undone. */
void vg_restored_finish (const VgJob *job, const char *done,
                         const GError *failure, GError **error);

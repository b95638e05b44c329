/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Flattening clones once their images are active: jobs of their own, for it may
 * take long. Each has a journal with the step VG_STEP_FLATTEN, which
 * vg_recover() takes for undone when it is done; so it goes on after a crash,
 * and success is also an image that was deleted meanwhile. */
#pragma once

#include "job/job.h"

/* Writes a journal for each of the job's images that is to be flattened, before
 * they are kept. Returns the journals (free with g_ptr_array_unref()); NULL
 * with GFileError. */
GPtrArray *vg_flatten_note (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Forgets them, after the images were not kept. */
void vg_flatten_drop (GPtrArray *journals);

/* Starts a process that does it, and outlives us. What can't be started is
 * reported as a warning; it is left for vg_recover(). */
void vg_flatten_start (const VgJournal *journal, const VgConfig *config,
                       const VgReport *report);

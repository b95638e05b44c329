/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Flattens clones once their images are active, in separate jobs, because it
 * may take long. Each job has a journal with the step VG_STEP_FLATTEN;
 * vg_recover() counts the step as undone once the clone is flattened, so it
 * continues after a crash. An image deleted meanwhile also counts as success.
 */
#pragma once

#include "job/job.h"

/* Writes a journal for each of the job's images to flatten, before they are
 * kept. Returns the journals (free with g_ptr_array_unref()); NULL with
 * GFileError. */
GPtrArray *vg_flatten_note (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Likewise for one clone, "FSID/POOL/IMAGE", that is of that image: adds its
 * journal to a list from vg_flatten_new_list(), to be freed likewise. After an
 * error the list is empty, and so are its journals' files gone. */
GPtrArray *vg_flatten_new_list (void) G_GNUC_WARN_UNUSED_RESULT;
gboolean vg_flatten_note_clone (const VgJob *job, const VgJobImage *image,
                                const char *object, GPtrArray *journals,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Deletes the journals if the images were not kept, and empties the list. */
void vg_flatten_drop (GPtrArray *journals);

/* Starts a process for the journal that outlives this one. Failing to start it
 * is only a warning; the journal is left for vg_recover(). */
void vg_flatten_start (const VgJournal *journal, const VgConfig *config,
                       const VgReport *report);

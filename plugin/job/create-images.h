/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Creates the images' records in Glance, which takes as long as preparing the
 * instant: so the two go on side by side. */
#pragma once

#include "job/job.h"

/* The visibility that the planned image has, given its owner. Borrowed. */
const char *vg_create_get_visibility (const VgJob *job,
                                      const VgPlanImage *planned,
                                      const VgJobImage *image);

/* Gives each of the plan's disks an image with an id in the journal, each a
 * step that is not asked for yet. Without writing. */
void vg_create_plan (const VgJob *job);

/* Creates the image of that number with a new id, by a step of its own. Blocks.
 */
gboolean vg_create_again (const VgJob *job, guint number, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The creation of all images of vg_create_plan(). Another thread asks Glance:
 * until vg_creation_await() nobody else may. job is borrowed. NULL with
 * GFileError if the journal, which is written before, can't be. */
typedef struct _VgCreation VgCreation;
VgCreation *vg_creation_start (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Waits until all images are created, and notes them in the journal, without
 * writing. Called again, it does nothing and returns the same. FALSE with the
 * errors of vg_glance_create_image(). */
gboolean vg_creation_await (VgCreation *creation, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Waits for the thread, if nobody has. NULL is ignored. */
void vg_creation_free (VgCreation *creation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCreation, vg_creation_free)

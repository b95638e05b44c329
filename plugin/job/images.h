/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The images of a job, from their records until they are kept. */
#pragma once

#include "job/job.h"

/* After a lost instant: replaces images whose upload had begun. */
gboolean vg_images_renew (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Makes a new image for the disk with that number, in place of one that is
 * stuck or whose data ended too early, and deletes that. Its step is dropped:
 * if Glance doesn't delete the image now, the end of the job or 'recover' does.
 */
gboolean vg_images_replace (const VgJob *job, guint number, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Shares the images that we own with the instance's project, if permitted.
 * Failures are warnings. FALSE: cancelled. */
gboolean vg_images_share (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Protects the active images from deletion, if planned. Each is a step of the
 * journal: undo removes the protection first. */
gboolean vg_images_protect (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Notes of the uploaded image what Glance says of it: size and hashes. */
void vg_images_note (VgJobImage *image, const VgImageRecord *record);

/* "image ID", "images ID, ID", for a job that created all its images. Free with
 * g_free(). */
char *vg_images_list (const VgJournal *journal);

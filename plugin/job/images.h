/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The images of a job, from their records to their being kept. */
#pragma once

#include "job/job.h"

/* Makes a record in Glance for each of the plan's disks, each a step of the
 * journal, and describes it in the journal's images. */
gboolean vg_images_create (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* After a lost instant: replaces those whose upload was begun. */
gboolean vg_images_renew (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Shares the images that are ours with the instance's project, as far as they
 * may be shared. What can't be is told as a warning. FALSE: cancelled. */
gboolean vg_images_share (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Protects the images that are active from being deleted, if that is planned,
 * each a step of the journal: undoing must take it back first. */
gboolean vg_images_protect (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* "image ID", "images ID, ID", of a job that made them all. Free with g_free().
 */
char *vg_images_list (const VgJournal *journal);

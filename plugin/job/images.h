/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The images of a job, from their records to their being kept. */
#pragma once

#include <gio/gio.h>

#include "glance/glance.h"
#include "journal/journal.h"
#include "plan/plan.h"
#include "util/report.h"

/* All borrowed. */
typedef struct {
  const VgPlan *plan;
  VgJournal *journal;
  VgGlance *glance;
  const VgReport *report;
  GCancellable *cancellable;
} VgImages;

/* Makes a record in Glance for each of the plan's disks, each a step of the
 * journal, and describes it in the journal's images. */
gboolean vg_images_create (const VgImages *images, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* After a lost instant: replaces those whose upload was begun. */
gboolean vg_images_renew (const VgImages *images, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Shares the images that are ours with the instance's project, as far as they
 * may be shared. What can't be is told as a warning. FALSE: cancelled. */
gboolean vg_images_share (const VgImages *images, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Protects the images that are active from being deleted, if that is planned,
 * each a step of the journal: undoing must take it back first. */
gboolean vg_images_protect (const VgImages *images, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* "image ID", "images ID, ID". Free with g_free(). */
char *vg_images_list (const VgImages *images);

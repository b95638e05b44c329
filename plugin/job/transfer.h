/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One disk at its instant, on its way to its image. */
#pragma once

#include "job/images.h"
#include "instant/instant.h"

/* All borrowed. */
typedef struct {
  const VgImages *images;
  VgInstant *instant;
  VgCeph *ceph;
} VgTransfer;

/* Fills the image, which is queued, and waits until it is active; sets its size
 * and way. planned is the disk as it was planned, current its source at this
 * instant. Errors: those of disk, image, glance and rbd-clone.h. */
gboolean vg_transfer_disk (const VgTransfer *transfer,
                           const VgPlanDisk *planned,
                           const VgPlanSource *current, VgJobImage *image,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transfers one disk, as of its instant, to its image. */
#pragma once

#include "instant/instant.h"
#include "job/job.h"

/* Fills the queued image of the job's disk with that number, and waits until it
 * is active; sets its size and way. Reads the disk from the job's sources at
 * this instant. Errors: those of disk, image, glance and rbd-clone.h. */
gboolean vg_transfer_disk (const VgJob *job, VgInstant *instant, guint number,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

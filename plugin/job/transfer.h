/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One disk at its instant, on its way to its image. */
#pragma once

#include "instant/instant.h"
#include "job/job.h"

/* Fills the image of the job's disk of that number, which is queued, and waits
 * until it is active; sets its size and way. The disk is read as the job's
 * sources have it at this instant. Errors: those of disk, image, glance and
 * rbd-clone.h. */
gboolean vg_transfer_disk (const VgJob *job, VgInstant *instant, guint number,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

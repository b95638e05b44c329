/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image that is not uploaded: the snapshot of the guest's RBD image is
 * cloned into the store's pool, and Glance is told where it is. */
#pragma once

#include "job/job.h"

typedef enum {
  VG_RBD_CLONE_DONE,
  VG_RBD_CLONE_REFUSED, /* Ceph or Glance don't let us: upload it instead. What
                        was made is undone, the image queued as before */
  VG_RBD_CLONE_FAILED,
} VgRbdCloneResult;

/* Clones the source's snapshot, flattens the clone if that is to be done
 * before, and waits until the image is active; sets the image's size. What it
 * makes are steps of the journal. planned says which store it goes to. error is
 * set unless it is done. Blocks, as long as flattening takes; it can be
 * cancelled. Errors: VG_DISK_ERROR, VG_GLANCE_ERROR, GFileError. */
VgRbdCloneResult vg_rbd_clone_make (const VgJob *job,
                                    const VgPlanImage *planned,
                                    const VgPlanSource *source,
                                    VgJobImage *image, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image without upload: clones the snapshot of the guest's RBD image into
 * the store's pool, and gives Glance the location. */
#pragma once

#include "job/job.h"

typedef enum {
  VG_RBD_CLONE_DONE,
  VG_RBD_CLONE_REFUSED, /* Ceph or Glance refuses: upload instead. All steps are
                           undone, the image is queued as before */
  VG_RBD_CLONE_FAILED,
} VgRbdCloneResult;

/* Clones the source's snapshot, flattens the clone first if planned, and waits
 * until the image is active; sets the image's size. Journals its steps. planned
 * names the store. error is set unless it returns VG_RBD_CLONE_DONE. Blocks, as
 * long as flattening takes; can be cancelled. Errors: VG_DISK_ERROR,
 * VG_GLANCE_ERROR, GFileError. */
VgRbdCloneResult vg_rbd_clone_make (const VgJob *job,
                                    const VgPlanImage *planned,
                                    const VgPlanSource *source,
                                    VgJobImage *image, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

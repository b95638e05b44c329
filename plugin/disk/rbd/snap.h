/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Snapshots of RBD images, and what an image is like. An image is named
 * "POOL/IMAGE" or "POOL/NAMESPACE/IMAGE". All of it blocks; errors as in
 * cluster.h. https://docs.ceph.com/en/latest/rbd/rbd-snapshot/ */
#pragma once

#include "disk/rbd/cluster.h"

/* Makes a snapshot: what was flushed to the image by whoever uses it is in it,
 * also what its librbd still had in its cache. VG_DISK_ERROR_EXISTS, _MISSING,
 * _FULL: nothing was made; after _UNREACHABLE it may be there. */
gboolean vg_rbd_snap_create (VgCluster *cluster, const char *image,
                             const char *snapshot, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether it is there. An image that isn't has none. */
gboolean vg_rbd_snap_exists (VgCluster *cluster, const char *image,
                             const char *snapshot, gboolean *exists,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* So that it can't be removed; clones of format 1 need it. Success if it was.
 */
gboolean vg_rbd_snap_protect (VgCluster *cluster, const char *image,
                              const char *snapshot, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Undoes that. Success where it is not protected, or not there.
 * VG_DISK_ERROR_BUSY: it has clones of format 1. */
gboolean vg_rbd_snap_unprotect (VgCluster *cluster, const char *image,
                                const char *snapshot, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Undoes vg_rbd_snap_create() and _protect(). Success where it, or the image,
 * is not there. With clones of format 2, it is out of the way (in the namespace
 * "trash") and goes for good when the last of them is flattened or removed, by
 * who has a right to the image, or else when this is called again.
 * VG_DISK_ERROR_BUSY: it has clones of format 1, and is as it was. */
gboolean vg_rbd_snap_remove (VgCluster *cluster, const char *image,
                             const char *snapshot, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  guint64 size;          /* bytes */
  char *parent;          /* "POOL/IMAGE@SNAPSHOT" that it is a clone of, or
                            NULL; a parent in the trash is "POOL/ID@…" */
  gboolean can_clone;    /* its snapshots can be cloned */
  gboolean fast_diff;    /* it knows which objects are there */
  gboolean deep_flatten; /* flattening also frees its snapshots from parent */
} VgRbdInfo;

void vg_rbd_info_clear (VgRbdInfo *info);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VgRbdInfo, vg_rbd_info_clear)

/* Fills an empty info with what the image is like now. */
gboolean vg_rbd_read_info (VgCluster *cluster, const char *image,
                           VgRbdInfo *info, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

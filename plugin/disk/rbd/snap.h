/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Snapshots and properties of RBD images. An image is named "POOL/IMAGE" or
 * "POOL/NAMESPACE/IMAGE". All functions block; errors as in cluster.h.
 * https://docs.ceph.com/en/latest/rbd/rbd-snapshot/ */
#pragma once

#include "disk/rbd/cluster.h"

/* Creates a snapshot. It contains all data that the image's user has flushed,
 * and those in the cache of the user's librbd. VG_DISK_ERROR_EXISTS, _MISSING,
 * _FULL: nothing was created; after _UNREACHABLE it may exist. */
gboolean vg_rbd_snap_create (VgCluster *cluster, const char *image,
                             const char *snapshot, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the snapshot exists. FALSE too if the image does not. */
gboolean vg_rbd_snap_exists (VgCluster *cluster, const char *image,
                             const char *snapshot, gboolean *exists,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The names of the image's snapshots, without those in the trash. Free with
 * g_strfreev(). */
char **vg_rbd_snap_list (VgCluster *cluster, const char *image, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Protects it from removal; clones of format 1 require this. Succeeds if
 * already protected. */
gboolean vg_rbd_snap_protect (VgCluster *cluster, const char *image,
                              const char *snapshot, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Undoes vg_rbd_snap_protect(). Succeeds if it is not protected, or does not
 * exist. VG_DISK_ERROR_BUSY: it has clones of format 1. */
gboolean vg_rbd_snap_unprotect (VgCluster *cluster, const char *image,
                                const char *snapshot, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Undoes vg_rbd_snap_create() and _protect(). Succeeds if it, or the image,
 * does not exist. With clones of format 2, it is moved to the namespace
 * "trash", and deleted when the last of them is flattened or removed by a
 * client with permission for the image, or else when this is called again.
 * VG_DISK_ERROR_BUSY: it has clones of format 1, and is unchanged. */
gboolean vg_rbd_snap_remove (VgCluster *cluster, const char *image,
                             const char *snapshot, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  guint64 size; /* bytes */
  char *parent; /* "POOL/IMAGE@SNAPSHOT" if it is a clone, or NULL; a parent in
                   the trash is "POOL/ID@…" */
  gboolean can_clone;    /* its snapshots can be cloned */
  gboolean fast_diff;    /* it knows which objects exist */
  gboolean deep_flatten; /* flattening also frees its snapshots from parent */
} VgRbdInfo;

void vg_rbd_info_clear (VgRbdInfo *info);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VgRbdInfo, vg_rbd_info_clear)

/* Fills an empty info with the image's current properties. */
gboolean vg_rbd_read_info (VgCluster *cluster, const char *image,
                           VgRbdInfo *info, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

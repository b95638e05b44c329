/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files in this folder share; the only header with Ceph's own. */
#pragma once

#include <rados/librados.h>
#include <rbd/librbd.h>

#include "disk/disk.h"
#include "disk/rbd/cluster.h"

rados_t vg_cluster_get_rados (VgCluster *cluster);

/* Sets error to the formatted text, a colon, and what a negative errno of
 * Ceph's means. Returns FALSE. */
gboolean vg_rbd_throw (const VgCluster *cluster, int result, GError **error,
                       const char *format, ...) G_GNUC_PRINTF (4, 5);

/* A pool (or a namespace of it), and a name in it. */
typedef struct {
  rados_ioctx_t io;
  const char *name; /* of the image; within what was given */
} VgRbdPlace;

/* name: "POOL/IMAGE" or "POOL/NAMESPACE/IMAGE"; must outlive the place. What is
 * written there fails where there is no room, instead of waiting for it. */
gboolean vg_rbd_place_open (VgRbdPlace *place, VgCluster *cluster,
                            const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_rbd_place_clear (VgRbdPlace *place);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VgRbdPlace, vg_rbd_place_clear)

typedef struct {
  VgRbdPlace place;
  rbd_image_t handle;
} VgRbdImage;

/* Opens an image, or its snapshot (NULL: none). name must outlive it. */
VgRbdImage *vg_rbd_image_open (VgCluster *cluster, const char *name,
                               const char *snapshot, gboolean read_only,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vg_rbd_image_close (VgRbdImage *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgRbdImage, vg_rbd_image_close)

/* For undoing: whether error is that it isn't there; clears it then. */
gboolean vg_rbd_is_missing (GError **error);

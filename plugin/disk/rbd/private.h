/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by the files in this directory; the only header that includes Ceph's.
 */
#pragma once

#include <rados/librados.h>
#include <rbd/librbd.h>

#include "disk/disk.h"
#include "disk/rbd/cluster.h"

rados_t vg_cluster_get_rados (VgCluster *cluster);

/* Sets error to the formatted text, a colon, and the meaning of Ceph's negative
 * errno. Returns FALSE. */
gboolean vg_rbd_throw (const VgCluster *cluster, int result, GError **error,
                       const char *format, ...) G_GNUC_PRINTF (4, 5);

/* A pool (or one of its namespaces), and a name in it. */
typedef struct {
  rados_ioctx_t io;
  const char *name; /* of the image; points into the given name */
} VgRbdPlace;

/* name: "POOL/IMAGE" or "POOL/NAMESPACE/IMAGE"; must outlive the place. Writing
 * to a full pool fails instead of waiting for space. */
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

/* For undo: whether error says that the object does not exist; clears it then.
 */
gboolean vg_rbd_is_missing (GError **error);

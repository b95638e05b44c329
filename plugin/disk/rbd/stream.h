/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A snapshot of an RBD image as a disk at one instant. */
#pragma once

#include "disk/disk.h"
#include "disk/rbd/cluster.h"

/* Opens it; names as in snap.h, errors as in cluster.h. cluster is borrowed and
 * must outlive the disk. Its map comes from Ceph itself: what is not allocated
 * in the image, nor in those that it is a clone of, is zero. Its instant is
 * lost (VG_DISK_ERROR_GONE) when somebody removes the snapshot; what is read
 * after that may be zeroes. Reading gives up with _UNREACHABLE when Ceph does
 * not answer for 30 s; and rewinding, cancelling and freeing may take as long.
 */
VgDisk *vg_rbd_disk_open (VgCluster *cluster, const char *image,
                          const char *snapshot, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

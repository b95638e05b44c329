/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A snapshot of an RBD image as a disk at one instant. */
#pragma once

#include "disk/disk.h"
#include "disk/rbd/cluster.h"

/* Opens it; names as in snap.h, errors as in cluster.h. cluster is borrowed and
 * must outlive the disk. The map comes from Ceph: blocks allocated neither in
 * the image nor in its parents are zero. The instant is lost
 * (VG_DISK_ERROR_GONE) if the snapshot is removed; data read after that may be
 * zeroes. Reading fails with _UNREACHABLE if Ceph does not answer for 30 s;
 * rewinding, cancelling and freeing may take as long. */
VgDisk *vg_rbd_disk_open (VgCluster *cluster, const char *image,
                          const char *snapshot, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

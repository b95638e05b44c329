/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The instant of disks that are RBD images: a snapshot of each. It stays valid
 * whatever the domain does. */
#pragma once

#include "disk/disk.h"
#include "instant/context.h"

/* Connects to the clusters and journals a step for each disk that uses a
 * snapshot. VG_DISK_ERROR. */
gboolean vg_rbd_snapshot_prepare (const VgInstantContext *context,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Takes the prepared snapshots. The instant is between call and return, the
 * same for all disks if the guest is frozen. VG_DISK_ERROR. */
gboolean vg_rbd_snapshot_take (const VgInstantContext *context, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Opens the snapshot of one of those disks. VG_DISK_ERROR. */
VgDisk *vg_rbd_snapshot_open (const VgInstantContext *context,
                              const VgPlanSource *source, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Connects to the cluster of an RBD disk; borrowed. VG_DISK_ERROR. */
VgCluster *vg_rbd_snapshot_connect (VgCeph *ceph, const VgPlanSource *source,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The instant of disks that are RBD images: a snapshot of each. It is held
 * whatever becomes of the domain. */
#pragma once

#include "disk/disk.h"
#include "instant/context.h"

/* Connects to the clusters and journals a step for each of the disks that
 * goes by a snapshot. VG_DISK_ERROR. */
gboolean vg_rbd_snapshot_prepare (const VgInstantContext *context,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Takes them, after that. The instant is somewhere in between, for all of them
 * if the guest is frozen. VG_DISK_ERROR. */
gboolean vg_rbd_snapshot_take (const VgInstantContext *context, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Opens the snapshot of one of those disks. VG_DISK_ERROR. */
VgDisk *vg_rbd_snapshot_open (const VgInstantContext *context,
                              const VgPlanSource *source, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The cluster that an RBD disk is in; borrowed. VG_DISK_ERROR. */
VgCluster *vg_rbd_snapshot_connect (VgCeph *ceph, const VgPlanSource *source,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The new RBD image of a disk, whole and verified, before it is the disk. */
#pragma once

#include "restore/guest-disk.h"

/* Where Glance has the image in that cluster, as "POOL/IMAGE@SNAPSHOT"; NULL in
 * *parent: not there, or nobody tells, or not as raw data. Free with g_free().
 * Errors: Glance's. Blocks. */
gboolean vg_rbd_image_find_parent (const VgGuestLook *look,
                                   const VgGuestDisk *disk, const char *fsid,
                                   char **parent, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Makes the image name ("POOL/IMAGE"), which does not exist, in the cluster: a
 * clone of disk->parent, flattened, so that it needs Glance's image no longer;
 * or, with [ceph] flatten = after, to be flattened, and disk->flatten_after. If
 * Ceph refuses that, warns, and sets disk->parent to NULL: then, and without a
 * parent, the data are downloaded, and their hash is compared. Sets
 * disk->capacity. An image that fails is left to the job's steps. Blocks. */
gboolean vg_rbd_image_make (const VgJob *job, VgGuestDisk *disk,
                            VgCluster *cluster, const char *name,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

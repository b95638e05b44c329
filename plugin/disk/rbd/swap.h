/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The exchange of a disk's RBD image for a new one, by names alone, as of files
 * in disk/swap.h. Snapshots and clones stay with their image, which Ceph knows
 * by an id. All images are in one pool and namespace. Unlike a file's, the
 * disk's name has no image for a moment between the two renames.
 *
 * A client that is killed while it renames an image may leave both names of it:
 * only one is in the pool's directory, by which functions here tell, and remove
 * the other one. To remove an image by such a name would remove the disk.
 *
 * Names as in snap.h, errors as in cluster.h. All functions block. */
#pragma once

#include "disk/rbd/cluster.h"

typedef struct {
  const char *disk; /* "POOL/IMAGE" */
  const char *made; /* the new image's name, until it is the disk */
  const char *old;  /* the old one's name, from then on */
} VgRbdSwap;

/* Gives the old image its other name, and the new one that of the disk.
 * VG_DISK_ERROR_EXISTS: the other name is in use. After errors:
 * vg_rbd_swap_undo(). */
gboolean vg_rbd_swap_do (VgCluster *cluster, const VgRbdSwap *swap,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes the old image the disk again, whatever vg_rbd_swap_do() came to; the
 * new one has its first name then. VG_DISK_ERROR_BUSY if another client may
 * write to the disk. Success if there is the disk, but no old image;
 * VG_DISK_ERROR_MISSING without both. */
gboolean vg_rbd_swap_undo (VgCluster *cluster, const VgRbdSwap *swap,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* *done: whether the new image is the disk, and the old one has its other name.
 * Changes nothing. */
gboolean vg_rbd_swap_is_done (VgCluster *cluster, const VgRbdSwap *swap,
                              gboolean *done, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Removes a new image, as vg_rbd_remove() (clone.h), unless the name is one
 * that a rename has left: then the name alone. */
gboolean vg_rbd_swap_remove_made (VgCluster *cluster, const char *made,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether no client has the image open for writing. VG_DISK_ERROR_BUSY. */
gboolean vg_rbd_check_unused (VgCluster *cluster, const char *image,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The names of all images in the pool and namespace of image that begin with
 * its name, with the pool, sorted. Free with g_strfreev(). */
char **vg_rbd_list_beginning (VgCluster *cluster, const char *image,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clones of RBD images: created instantly, whatever the size, and made
 * independent of their parent later. Names as in snap.h, errors as in
 * cluster.h. All functions block. */
#pragma once

#include <gio/gio.h>

#include "disk/rbd/cluster.h"

/* Called now and then by the working thread or another one, with the amount
 * done and the total. */
typedef void (*VgRbdProgress) (guint64 done, guint64 total, gpointer data);

/* The format of new clones, as Ceph chooses it: 2 if the cluster serves no
 * client older than Mimic ("ceph osd set-require-min-compat-client mimic") or
 * rbd_default_clone_format says so, else 1. Format 1 needs a protected
 * snapshot, which can't be removed before each clone is flattened. */
gboolean vg_rbd_get_clone_format (VgCluster *cluster, guint *format,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  guint format; /* see above */
  /* Flattening may be interrupted by a crash, and resumed later. That is unsafe
   * with an object map: the map of a killed client may list objects that were
   * never written; flattening skips them, so their data are lost with the
   * parent (seen with Ceph 16). So the clone gets no object map; see
   * vg_rbd_restore_maps(). */
  gboolean resumable;
} VgRbdCloning;

/* Creates the image child, a clone of parent's snapshot. VG_DISK_ERROR_EXISTS:
 * the image exists and is unchanged. After other errors parts may exist:
 * vg_rbd_remove(). */
gboolean vg_rbd_clone (VgCluster *cluster, const char *parent,
                       const char *snapshot, const char *child,
                       const VgRbdCloning *cloning, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Copies a clone's data from its parent, so that it no longer needs the parent.
 * progress may be NULL. Succeeds if and only if it has no parent afterwards.
 * After an error (_FULL, _UNREACHABLE, _BUSY: another client took its lock;
 * G_IO_ERROR_CANCELLED) it is an intact clone as before, and flattening can be
 * resumed. */
gboolean vg_rbd_flatten (VgCluster *cluster, const char *image,
                         VgRbdProgress progress, gpointer data,
                         GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Adds the usual object maps to a flattened resumable clone and its snapshots.
 * May be repeated. Failures only affect speed, so they are ignored. */
void vg_rbd_restore_maps (VgCluster *cluster, const char *image);

/* Removes an image with its snapshots, including protected ones. Succeeds if it
 * does not exist. VG_DISK_ERROR_BUSY: another client has it open, or one of its
 * snapshots has clones (of format 2: its snapshots may be gone by then). */
gboolean vg_rbd_remove (VgCluster *cluster, const char *image, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether any of the image's snapshots has clones, including snapshots in the
 * namespace "trash". An image that does not exist has none. */
gboolean vg_rbd_has_children (VgCluster *cluster, const char *image,
                              gboolean *has, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

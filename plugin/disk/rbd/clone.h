/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clones of RBD images: made at once, whatever the size; and made to stand on
 * their own later. Names as in snap.h, errors as in cluster.h. All of it
 * blocks.
 */
#pragma once

#include <gio/gio.h>

#include "disk/rbd/cluster.h"

/* Called now and then by the thread that works or another one: so much is done,
 * of so much. */
typedef void (*VgRbdProgress) (guint64 done, guint64 total, gpointer data);

/* The format that clones have here, as Ceph chooses it: 2 where the cluster
 * serves no client older than Mimic ("ceph osd set-require-min-compat-client
 * mimic") or rbd_default_clone_format says so, else 1. Format 1 needs a
 * protected snapshot, which can't be removed before each clone is flattened. */
gboolean vg_rbd_get_clone_format (VgCluster *cluster, guint *format,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  guint format; /* see above */
  /* Flattening it may be broken off by a crash, and go on later. With an object
   * map it must not: the map of a client that was killed may name objects that
   * were never written, and flattening passes them over, so that they are lost
   * with the parent (seen with Ceph 16). So the clone gets none; see
   * vg_rbd_restore_maps(). */
  gboolean resumable;
} VgRbdCloning;

/* Makes the image child, a clone of parent's snapshot.
 * VG_DISK_ERROR_EXISTS: there is one, and it isn't touched. After other errors
 * something may be there: vg_rbd_remove(). */
gboolean vg_rbd_clone (VgCluster *cluster, const char *parent,
                       const char *snapshot, const char *child,
                       const VgRbdCloning *cloning, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Copies what a clone has of its parent, so that it needs it no longer.
 * progress may be NULL. Success where it has no parent, and only there. After
 * an error (_FULL, _UNREACHABLE, _BUSY: somebody else took its lock in the
 * middle; G_IO_ERROR_CANCELLED) it is a whole clone as before, and
 * flattening can go on where it was. */
gboolean vg_rbd_flatten (VgCluster *cluster, const char *image,
                         VgRbdProgress progress, gpointer data,
                         GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Gives a resumable clone that was flattened, and its snapshots, the object
 * maps that others have. May be repeated. What fails costs only the speed that
 * they are for, so nothing is said of it. */
void vg_rbd_restore_maps (VgCluster *cluster, const char *image);

/* Removes an image with its snapshots, protected ones too. Success where it is
 * not there. VG_DISK_ERROR_BUSY: somebody has it open, or one of its snapshots
 * has clones (of format 2: it may have no snapshots any more then). */
gboolean vg_rbd_remove (VgCluster *cluster, const char *image, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether there are clones of any of the image's snapshots, of those in the
 * namespace "trash" too. An image that isn't there has none. */
gboolean vg_rbd_has_children (VgCluster *cluster, const char *image,
                              gboolean *has, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A new RBD image that gets its data from front to back. Names as in snap.h,
 * errors as in cluster.h. All functions block. */
#pragma once

#include "disk/rbd/cluster.h"

typedef struct _VgRbdWriter VgRbdWriter;

/* Creates the image with Ceph's default features, of size bytes, and opens it.
 * VG_DISK_ERROR_EXISTS: there is one of that name, which is unchanged. cluster
 * is borrowed. Free with vg_rbd_writer_free(), which leaves the image. */
VgRbdWriter *vg_rbd_writer_new (VgCluster *cluster, const char *image,
                                guint64 size, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Writes n bytes at offset, which is not before those that were written; what
 * is between them stays zero, and zeroes take no space. Beyond the image's
 * size: VG_DISK_ERROR_OPEN. */
gboolean vg_rbd_writer_write (VgRbdWriter *writer, guint64 offset,
                              const char *bytes, gsize n, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Forgets all data: the first byte comes again. */
gboolean vg_rbd_writer_restart (VgRbdWriter *writer, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* All data are in Ceph when it returns. */
gboolean vg_rbd_writer_finish (VgRbdWriter *writer, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_rbd_writer_free (VgRbdWriter *writer);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images whose data are read twice: the first pass computes the layout, so that
 * the length is known in advance. */
#pragma once

#include <glib.h>

#include "image/image.h"

/* Called about every MiB of the first pass. May be NULL. */
typedef void (*VgQcow2CompressedProgress) (guint64 done, guint64 total,
                                           gpointer user_data);

/* Like vg_image_new() for a qcow2 image, with compressed clusters. Clusters
 * that don't get smaller are stored uncompressed, zero clusters are not stored,
 * and each group's L2 table follows its data. Blocks while it reads all of data
 * once; the body reads it again. Memory besides that of data: 16 MiB, and 8
 * bytes for each 512 MiB of disk. NULL with an error from reading data,
 * VG_IMAGE_ERROR_TOO_LARGE or _SHORT (data freed); reading the body may also
 * fail with VG_IMAGE_ERROR_UNSTABLE. */
VgBody *vg_qcow2_compressed_new (VgCompression compression, const VgMap *map,
                                 VgBody *data,
                                 VgQcow2CompressedProgress progress,
                                 gpointer user_data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The map without those data blocks that contain only zeroes. Reads all of data
 * (borrowed) once. Fails like vg_qcow2_compressed_new(). */
VgMap *vg_qcow2_compressed_find_zeroes (const VgMap *map, VgBody *data,
                                        VgQcow2CompressedProgress progress,
                                        gpointer user_data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks that are read twice: the first time to learn what an image will be
 * like, so that its length is known before its first byte. */
#pragma once

#include <glib.h>

#include "image/image.h"

/* Called now and then while a disk is read the first time. May be NULL. */
typedef void (*VgQcow2CompressedProgress) (guint64 done, guint64 total,
                                           gpointer user_data);

/* As vg_image_new() for a qcow2 image, with its clusters compressed: those that
 * get no smaller are stored as they are, those that are zeroes are not stored,
 * and each group's L2 table comes behind its data. Reads all of data once, and
 * blocks so long; the body reads it again. Memory beside data's: 16 MiB, and
 * 8 bytes for each 512 MiB of disk. NULL with an error of the data's reading,
 * VG_IMAGE_ERROR_TOO_LARGE or _SHORT (data freed); reading the body may fail
 * with VG_IMAGE_ERROR_UNSTABLE, too. */
VgBody *vg_qcow2_compressed_new (VgCompression compression, const VgMap *map,
                                 VgBody *data,
                                 VgQcow2CompressedProgress progress,
                                 gpointer user_data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The map without those of its data blocks that are zeroes after all. Reads all
 * of data (borrowed) once. NULL with an error as above. */
VgMap *vg_qcow2_compressed_find_zeroes (const VgMap *map, VgBody *data,
                                        VgQcow2CompressedProgress progress,
                                        gpointer user_data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The formats and compressions of images, by name. The image room writes them.
 */
#pragma once

#include <glib.h>

typedef enum {
  VG_IMAGE_RAW,   /* the disk's exact bytes */
  VG_IMAGE_QCOW2, /* version 3, clusters of 64 KiB, metadata first, refcounts
                     and L1/L2 tables complete, zero blocks never stored; its
                     virtual size is the disk's rounded up to sectors of 512
                     bytes, as qemu-img convert does it */
} VgImageFormat;

/* How a qcow2 image's clusters are compressed: QEMU's compression_type. */
typedef enum {
  VG_COMPRESSION_NONE,
  VG_COMPRESSION_ZLIB,
  VG_COMPRESSION_ZSTD,
} VgCompression;

/* "none", "zlib" or "zstd". */
const char *vg_compression_to_string (VgCompression compression);
gboolean vg_compression_from_string (const char *text,
                                     VgCompression *compression);

/* "raw" or "qcow2", as Glance's disk_format and qemu-img call it. */
const char *vg_image_format_to_string (VgImageFormat format);
gboolean vg_image_format_from_string (const char *text, VgImageFormat *format);

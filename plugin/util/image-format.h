/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Image formats and compressions, and their names. The image room writes the
 * formats. */
#pragma once

#include <glib.h>

typedef enum {
  VG_IMAGE_RAW,   /* the disk's exact bytes */
  VG_IMAGE_QCOW2, /* version 3, 64 KiB clusters, metadata first, complete
                     refcounts and L1/L2 tables, zero blocks never stored; the
                     virtual size is the disk's, rounded up to 512-byte sectors
                     as by qemu-img convert */
} VgImageFormat;

/* Compression of a qcow2 image's clusters: QEMU's compression_type. */
typedef enum {
  VG_COMPRESSION_NONE,
  VG_COMPRESSION_ZLIB,
  VG_COMPRESSION_ZSTD,
} VgCompression;

/* "none", "zlib" or "zstd". */
const char *vg_compression_to_string (VgCompression compression);

/* The same, and "zlib:1" to "zlib:9", "zstd:1" to "zstd:19", "zlib:auto" and
 * "zstd:auto". Sets *level to the level, or to 0 if none is given or it is
 * "auto". FALSE, with both unchanged, for other words. */
gboolean vg_compression_parse (const char *text, VgCompression *compression,
                               guint *level);

/* "raw" or "qcow2": the names of Glance's disk_format and of qemu-img. */
const char *vg_image_format_to_string (VgImageFormat format);
gboolean vg_image_format_from_string (const char *text, VgImageFormat *format);

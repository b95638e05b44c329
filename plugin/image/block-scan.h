/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk's data, block by block: which of them are zeroes after all, and the
 * others compressed, by as many threads as there are processors. */
#pragma once

#include <glib.h>

#include "image/image.h"

typedef enum {
  VG_BLOCK_ZERO,       /* bytes: VG_MAP_BLOCK_SIZE of them, all 0 */
  VG_BLOCK_PLAIN,      /* as many, not all 0 */
  VG_BLOCK_COMPRESSED, /* bytes: length of them, a good deal less */
} VgBlockKind;

typedef struct {
  guint64 number; /* on the disk */
  VgBlockKind kind;
  const guint8 *bytes;
  gsize length;
} VgBlock;

typedef struct _VgSqueeze VgBlockScan;

/* Of the map's data blocks, whose bytes data gives; both are borrowed. With
 * VG_COMPRESSION_NONE none is compressed. Takes 8 MiB of memory and some more
 * for each thread. Free with vg_block_scan_free(), before data. */
VgBlockScan *vg_block_scan_new (VgCompression compression, const VgMap *map,
                                VgBody *data);
void vg_block_scan_free (VgBlockScan *squeeze);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgBlockScan, vg_block_scan_free)

/* The next block, in the disk's order, in *block (a short last one filled up
 * with zeroes), valid until the next call; *block is NULL at the end. FALSE
 * with an error of the data, or VG_IMAGE_ERROR_SHORT. */
gboolean vg_block_scan_next (VgBlockScan *squeeze, const VgBlock **block,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Begins anew, with the data rewound. */
gboolean vg_block_scan_rewind (VgBlockScan *squeeze, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

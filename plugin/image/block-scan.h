/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a disk's data block by block, finds zero blocks, and compresses the
 * others. Compresses in one thread per processor, at most 16. */
#pragma once

#include <glib.h>

#include "image/image.h"

typedef enum {
  VG_BLOCK_ZERO,       /* bytes: VG_MAP_BLOCK_SIZE zeroes */
  VG_BLOCK_PLAIN,      /* bytes: VG_MAP_BLOCK_SIZE, not all of them 0 */
  VG_BLOCK_COMPRESSED, /* bytes: length of them, at most 15/16 of a block */
} VgBlockKind;

typedef struct {
  guint64 number; /* of the block on the disk */
  VgBlockKind kind;
  const guint8 *bytes;
  gsize length;
  gint level; /* what was chosen for it */
} VgBlock;

/* Chooses a block's level, in the thread that calls vg_block_scan_next().
 * number counts data blocks from 0. The last VG_BLOCK_SCAN_AHEAD blocks before
 * it, or all if there are less, were not returned yet; all others were. Returns
 * a level of codec.h, or VG_BLOCK_SCAN_PLAIN: don't compress it. */
typedef gint (*VgBlockScanChoose) (guint64 number, gpointer user_data);

#define VG_BLOCK_SCAN_PLAIN G_MININT
#define VG_BLOCK_SCAN_AHEAD 63

typedef struct _VgBlockScan VgBlockScan;

/* Scans the data blocks of map. data provides their bytes; both are borrowed.
 * VG_COMPRESSION_NONE compresses no blocks; otherwise choose, with user_data,
 * chooses each one's level. Takes 8 MiB of memory, and some more for each
 * thread. Free with vg_block_scan_free(), before data. */
VgBlockScan *vg_block_scan_new (VgCompression compression, const VgMap *map,
                                VgBody *data, VgBlockScanChoose choose,
                                gpointer user_data);
void vg_block_scan_free (VgBlockScan *scan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgBlockScan, vg_block_scan_free)

/* Sets *block to the next block in disk order, valid until the next call; NULL
 * at the end. A short last block is padded with zeroes. FALSE with an error
 * from data, or VG_IMAGE_ERROR_SHORT. */
gboolean vg_block_scan_next (VgBlockScan *scan, const VgBlock **block,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Starts again from the first block; rewinds data. */
gboolean vg_block_scan_rewind (VgBlockScan *scan, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

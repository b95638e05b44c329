/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of a disk that hold data, in blocks of 64 KiB.
 *
 * A block is a data block if any byte of it was marked as data; all other
 * blocks read as zeroes. The map stores bitmaps of 8192 blocks (512 MiB of
 * disk, the range of one L2 table of a qcow2 file), and only for groups that
 * are neither empty nor full: the map of a 16 TiB disk takes at most 32 MiB,
 * however scattered its data are.
 */
#pragma once

#include <glib.h>

#define VG_MAP_BLOCK_SIZE ((guint64) 65536)
#define VG_MAP_GROUP_BLOCKS ((guint64) 8192)

typedef struct _VgMap VgMap;

/* An empty map for a disk of size bytes (any size, 0 included). Free with
 * vg_map_free(). */
VgMap *vg_map_new (guint64 size);
void vg_map_free (VgMap *map);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgMap, vg_map_free)

/* Marks every block that overlaps [offset, offset + length) as data. Bytes
 * beyond the end of the disk are ignored. Calls may come in any order and
 * overlap. */
void vg_map_add (VgMap *map, guint64 offset, guint64 length);

/* The disk's size in bytes, as given to vg_map_new(). */
guint64 vg_map_get_size (const VgMap *map);

/* The number of blocks (the last may be short), the number of data blocks, and
 * the bytes of the disk that the data blocks cover (a short last block counts
 * with its true length). */
guint64 vg_map_get_n_blocks (const VgMap *map);
guint64 vg_map_get_n_data_blocks (const VgMap *map);
guint64 vg_map_get_data_bytes (const VgMap *map);

/* The number of data blocks (0 to 8192) in group number group; 0 beyond the
 * end. */
guint vg_map_get_group_count (const VgMap *map, guint64 group);

/* FALSE beyond the end. */
gboolean vg_map_is_data (const VgMap *map, guint64 block);

/* Finds the first run of data blocks at or after block start. Returns FALSE if
 * there is none; else sets *first (>= start) and *n_blocks (>= 1), the full
 * length of the run from there. */
gboolean vg_map_next_run (const VgMap *map, guint64 start, guint64 *first,
                          guint64 *n_blocks);

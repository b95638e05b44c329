/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which parts of a disk hold data, in blocks of 64 KiB.
 *
 * A block that any byte of data touches is a data block; the others read as
 * zeroes. Blocks are kept as bitmaps of 8192 (512 MiB of disk, what one L2
 * table of a qcow2 file covers), and only where a group is neither empty nor
 * full, so that the map of a 16 TiB disk takes 32 MiB at the very worst,
 * however its data are scattered.
 */
#pragma once

#include <glib.h>

#define VG_MAP_BLOCK_SIZE ((guint64) 65536)
#define VG_MAP_GROUP_BLOCKS ((guint64) 8192)

typedef struct _VgMap VgMap;

/* A map without data for a disk of size bytes (any size, 0 too). Free with
 * vg_map_free(). */
VgMap *vg_map_new (guint64 size);
void vg_map_free (VgMap *map);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgMap, vg_map_free)

/* Marks every block that [offset, offset + length) touches as data; what lies
 * beyond the disk's end is left out. In any order, overlaps allowed. */
void vg_map_add (VgMap *map, guint64 offset, guint64 length);

/* The disk's size in bytes, as given to vg_map_new(). */
guint64 vg_map_get_size (const VgMap *map);

/* How many blocks there are (the last one may be short), how many of them
 * are data, and how many bytes of the disk those cover (a short last block
 * counts with its true length). */
guint64 vg_map_get_n_blocks (const VgMap *map);
guint64 vg_map_get_n_data_blocks (const VgMap *map);
guint64 vg_map_get_data_bytes (const VgMap *map);

/* How many data blocks lie in group number group (0 to 8192); 0 for a group
 * beyond the end. */
guint vg_map_get_group_count (const VgMap *map, guint64 group);

/* Whether the block is data; FALSE beyond the end. */
gboolean vg_map_is_data (const VgMap *map, guint64 block);

/* Finds the first run of data blocks at or after block start. Returns FALSE
 * when there is none; else *first (>= start) and *n_blocks (>= 1), the longest
 * run from there. */
gboolean vg_map_next_run (const VgMap *map, guint64 start, guint64 *first,
                          guint64 *n_blocks);

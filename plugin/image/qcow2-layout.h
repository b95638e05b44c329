/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where everything lies in a qcow2 file that is written in one go, front to
 * back: header, refcount table, refcount blocks, L1 table, L2 tables, data.
 * https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.txt
 */
#pragma once

#include <glib.h>

#include "image/image.h"

#define VG_QCOW2_CLUSTER_BITS 16
#define VG_QCOW2_CLUSTER ((guint64) 1 << VG_QCOW2_CLUSTER_BITS)
/* Entries of 8 bytes in a cluster of the refcount table, the L1 table, or in
 * an L2 table; refcounts of 16 bits in a refcount block. */
#define VG_QCOW2_TABLE_ENTRIES (VG_QCOW2_CLUSTER / 8)
#define VG_QCOW2_BLOCK_ENTRIES (VG_QCOW2_CLUSTER / 2)

/* What QEMU opens (QCOW_MAX_L1_SIZE, QCOW_MAX_REFTABLE_SIZE): 32 MiB of L1
 * table, so 2 PiB of disk; 8 MiB of refcount table, so 2 PiB of file. */
#define VG_QCOW2_L1_ENTRIES_MAX (((guint64) 32 << 20) / 8)
#define VG_QCOW2_REFTABLE_CLUSTERS_MAX (((guint64) 8 << 20) / VG_QCOW2_CLUSTER)

/* Numbers are of clusters, from the file's start where they are positions. */
typedef struct {
  guint64 virtual_size; /* bytes: the disk's size, rounded up to sectors of 512
                           as QEMU does */
  guint64 n_l1_entries;

  guint64 reftable, n_reftable;
  guint64 refblocks, n_refblocks;
  guint64 l1, n_l1; /* n_l1 is 0 for a disk of 0 bytes */
  guint64 l2, n_l2;
  guint64 data, n_data;
  guint64 end; /* clusters of the file */
} VgQcow2Layout;

/* In L1 and L2 entries: what it points at has a refcount of exactly one. In L2
 * entries of compressed clusters: that it is one, and where in the entry the
 * number of further sectors begins that it lies in. */
#define VG_QCOW2_COPIED (G_GUINT64_CONSTANT (1) << 63)
#define VG_QCOW2_COMPRESSED (G_GUINT64_CONSTANT (1) << 62)
#define VG_QCOW2_SECTORS_SHIFT (62 - (VG_QCOW2_CLUSTER_BITS - 8))

/* The layout for a disk of size bytes, n_data of whose clusters are stored,
 * and these lie in n_l2 different L2 tables. FALSE, layout undefined, when it
 * exceeds what QEMU opens. */
gboolean vg_qcow2_layout (VgQcow2Layout *layout, guint64 size, guint64 n_l2,
                          guint64 n_data) G_GNUC_WARN_UNUSED_RESULT;

/* The same for the map's data blocks. */
gboolean vg_qcow2_layout_of_map (VgQcow2Layout *layout, const VgMap *map)
    G_GNUC_WARN_UNUSED_RESULT;

/* Writes the header into the beginning of a cluster that is all zeroes. */
void vg_qcow2_make_header (const VgQcow2Layout *layout,
                           VgCompression compression, void *cluster);

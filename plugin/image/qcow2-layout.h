/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The layout of a qcow2 file that is written in one pass, front to back:
 * header, refcount table, refcount blocks, L1 table, L2 tables, data.
 * https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.txt */
#pragma once

#include <glib.h>

#include "image/image.h"

#define VG_QCOW2_CLUSTER_BITS 16
#define VG_QCOW2_CLUSTER ((guint64) 1 << VG_QCOW2_CLUSTER_BITS)
/* Entries per cluster: 8 bytes each in the refcount table, the L1 table and an
 * L2 table; 16 bits each in a refcount block. */
#define VG_QCOW2_TABLE_ENTRIES (VG_QCOW2_CLUSTER / 8)
#define VG_QCOW2_BLOCK_ENTRIES (VG_QCOW2_CLUSTER / 2)

/* QEMU's limits (QCOW_MAX_L1_SIZE, QCOW_MAX_REFTABLE_SIZE): 32 MiB of L1 table,
 * so 2 PiB of disk; 8 MiB of refcount table, so 2 PiB of file. */
#define VG_QCOW2_L1_ENTRIES_MAX (((guint64) 32 << 20) / 8)
#define VG_QCOW2_REFTABLE_CLUSTERS_MAX (((guint64) 8 << 20) / VG_QCOW2_CLUSTER)

/* Numbers and positions in clusters; positions count from the start of the
 * file. */
typedef struct {
  guint64 virtual_size; /* bytes: the disk's size, rounded up to 512-byte
                           sectors as by QEMU */
  guint64 n_l1_entries;

  guint64 reftable, n_reftable;
  guint64 refblocks, n_refblocks;
  guint64 l1, n_l1; /* n_l1 is 0 for a disk of 0 bytes */
  guint64 l2, n_l2;
  guint64 data, n_data;
  guint64 end; /* length of the file */
} VgQcow2Layout;

/* Flag of L1 and L2 entries: the cluster's refcount is exactly one. Flag of L2
 * entries: compressed cluster; and the bit where its number of additional
 * sectors begins. */
#define VG_QCOW2_COPIED (G_GUINT64_CONSTANT (1) << 63)
#define VG_QCOW2_COMPRESSED (G_GUINT64_CONSTANT (1) << 62)
#define VG_QCOW2_SECTORS_SHIFT (62 - (VG_QCOW2_CLUSTER_BITS - 8))

/* The layout for a disk of size bytes with n_data stored clusters in n_l2 L2
 * tables. FALSE, with layout undefined, if it exceeds QEMU's limits. */
gboolean vg_qcow2_layout (VgQcow2Layout *layout, guint64 size, guint64 n_l2,
                          guint64 n_data) G_GNUC_WARN_UNUSED_RESULT;

/* The layout for the map's data blocks. Fails like vg_qcow2_layout(). */
gboolean vg_qcow2_layout_of_map (VgQcow2Layout *layout, const VgMap *map)
    G_GNUC_WARN_UNUSED_RESULT;

/* Writes the header to the beginning of cluster, which must be all zeroes. */
void vg_qcow2_make_header (const VgQcow2Layout *layout,
                           VgCompression compression, void *cluster);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lays out a qcow2 file of a chosen length, written front to back while its
 * data are read for the first time:
 *
 *   header, refcount table;
 *   for each group of blocks that has data: the data, with compressed blocks
 *   close together, and the group's L2 table;
 *   free clusters, as many as are left;
 *   the L1 table.
 *
 * The refcount block for each 32768 clusters is the last one of them, and that
 * for the rest is the last cluster of the file: the length alone says where
 * they are, and each follows what it counts.
 */
#pragma once

#include <glib.h>

#include "image/block-scan.h"
#include "image/qcow2-layout.h"

/* The length of the file in clusters, with room for that many clusters of data
 * and L2 tables, for a disk of size bytes. Fills in layout as far as the header
 * and the refcount table need it: l2 and data are not known. FALSE, with layout
 * undefined, if it exceeds QEMU's limits. */
gboolean vg_qcow2_stream_layout_fit (VgQcow2Layout *layout, guint64 size,
                                     guint64 room) G_GNUC_WARN_UNUSED_RESULT;

typedef struct _VgQcow2StreamLayout VgQcow2StreamLayout;

/* Begins a file. out: where its clusters are appended; borrowed. */
VgQcow2StreamLayout *vg_qcow2_stream_layout_new (const VgQcow2Layout *layout,
                                                 VgCompression compression,
                                                 GByteArray *out);
void vg_qcow2_stream_layout_free (VgQcow2StreamLayout *layout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgQcow2StreamLayout, vg_qcow2_stream_layout_free)

/* Appends a cluster of what is in front of the data, with any refcount blocks
 * that are due. FALSE if there is none left. */
gboolean vg_qcow2_stream_layout_put_front (VgQcow2StreamLayout *layout);

/* Adds a block, in ascending order; appends at most 4 MiB to out. FALSE, with
 * nothing changed, if there is no room left for it. */
gboolean vg_qcow2_stream_layout_add (VgQcow2StreamLayout *layout,
                                     const VgBlock *block)
    G_GNUC_WARN_UNUSED_RESULT;

/* Ends the last group. Call it once, behind the last block. */
void vg_qcow2_stream_layout_end_data (VgQcow2StreamLayout *layout);

/* Appends a cluster of what is behind the data. FALSE if there is none left:
 * the file is complete. */
gboolean vg_qcow2_stream_layout_put_tail (VgQcow2StreamLayout *layout);

/* The bytes left for blocks and L2 tables of groups to come, and the number of
 * groups that blocks were added of, zeroes included. */
guint64 vg_qcow2_stream_layout_get_left (const VgQcow2StreamLayout *layout);
guint64 vg_qcow2_stream_layout_get_n_groups (const VgQcow2StreamLayout *layout);

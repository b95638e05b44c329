/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lays out a compressed qcow2 file, which is written front to back:
 *
 *   header, refcount table, L1 table;
 *   for each group of blocks that has data: the data, with compressed blocks
 *   close together, the group's L2 table, complete refcount blocks;
 *   the last refcount blocks.
 *
 * The front depends on everything behind it. So there are two passes: the first
 * computes the layout, the second writes the file.
 */
#pragma once

#include <glib.h>

#include "image/qcow2-layout.h"
#include "image/block-scan.h"

/* The result of the first pass. Positions are in clusters of the file. */
typedef struct {
  VgQcow2Layout front; /* up to the L1 table; end is the end of the file */
  GArray *refblocks;   /* guint64: positions of the refcount blocks */
  guint64 *l2;         /* by group: position of its L2 table; 0: none */
} VgQcow2CompressedPlan;

typedef struct _VgQcow2CompressedLayout VgQcow2CompressedLayout;

/* Without out, the first pass: fills in plan. With out, the second pass:
 * follows plan, and appends everything behind the front to out, in whole
 * clusters. Both are borrowed. */
VgQcow2CompressedLayout *vg_qcow2_compressed_layout_new (
    VgQcow2CompressedPlan *plan, GByteArray *out);
void vg_qcow2_compressed_layout_free (VgQcow2CompressedLayout *layout);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgQcow2CompressedLayout,
                               vg_qcow2_compressed_layout_free)

/* Adds a block; appends at most 4 MiB to out. FALSE with
 * VG_IMAGE_ERROR_UNSTABLE if the block doesn't match the plan. */
gboolean vg_qcow2_compressed_layout_add (VgQcow2CompressedLayout *layout,
                                         const VgBlock *block, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Adds everything behind the last block. Fails like
 * vg_qcow2_compressed_layout_add(). */
gboolean vg_qcow2_compressed_layout_finish (VgQcow2CompressedLayout *layout,
                                            GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

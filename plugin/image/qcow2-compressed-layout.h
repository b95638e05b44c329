/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lays blocks out in a compressed qcow2 file, which is made front to back:
 *
 *   header, refcount table, L1 table;
 *   for each group of blocks that has data: the data, compressed ones close
 *   together, the group's L2 table, refcount blocks that are complete;
 *   the last refcount blocks.
 *
 * So what the front says is known at the end. It is laid out twice, therefore:
 * the first time to learn it, the second time to write the file.
 */
#pragma once

#include <glib.h>

#include "image/qcow2-layout.h"
#include "image/block-scan.h"

/* What the first time learns. Positions are in clusters of the file. */
typedef struct {
  VgQcow2Layout front; /* up to the L1 table; end is the file's */
  GArray *refblocks;   /* guint64: where they are */
  guint64 *l2;         /* by group: where its table is; 0: it has none */
} VgQcow2CompressedPlan;

typedef struct _VgQcow2CompressedLayout VgQcow2CompressedLayout;

/* plan is borrowed: to be filled, or with out (borrowed) to be kept to. What is
 * written behind the front is appended to out, always whole clusters. */
VgQcow2CompressedLayout *vg_qcow2_compressed_layout_new (
    VgQcow2CompressedPlan *plan, GByteArray *out);
void vg_qcow2_compressed_layout_free (VgQcow2CompressedLayout *packer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgQcow2CompressedLayout,
                               vg_qcow2_compressed_layout_free)

/* Adds a block, at most 4 MiB to out. FALSE with VG_IMAGE_ERROR_UNSTABLE where
 * it does not keep to the plan. */
gboolean vg_qcow2_compressed_layout_add (VgQcow2CompressedLayout *packer,
                                         const VgBlock *block, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Adds what comes behind the last one. Likewise. */
gboolean vg_qcow2_compressed_layout_finish (VgQcow2CompressedLayout *packer,
                                            GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Qcow2 images whose data are read once, although it is not known what they
 * take, as they are compressed or have zero blocks: the length is chosen by an
 * estimate, and kept (budget.h). */
#pragma once

#include <glib.h>

#include "image/estimate.h"
#include "image/image.h"

/* Like vg_image_new() for a qcow2 image, with clusters compressed by levels, or
 * none of them (VG_COMPRESSION_NONE).
 * Clusters that don't get smaller are stored uncompressed, zero clusters are
 * not stored, and each group's L2 table follows its data. Unused length is free
 * clusters in front of the L1 table.
 *
 * estimate: of map, after vg_estimate_read(); borrowed, and told what the
 * blocks really take. Reading the body fails with VG_IMAGE_ERROR_TIGHT if the
 * data don't fit into the length: then read another sample, and make another
 * body. whole: with the length into which they always fit, as large as an
 * uncompressed image's. Memory besides that of data: 16 MiB, and 16 bytes for
 * each 512 MiB of disk. NULL with VG_IMAGE_ERROR_TOO_LARGE (data freed). */
VgBody *vg_qcow2_stream_new (const VgCodecLevels *levels, const VgMap *map,
                             VgBody *data, VgEstimate *estimate, gboolean whole,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

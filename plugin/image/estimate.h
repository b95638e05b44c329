/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a disk's data blocks will take in an image, estimated from a sample.
 *
 * The data blocks are divided into strata of equal length, up to 8192 of them,
 * and one block is read of each: 3 % of the data, and at most 512 MiB. The
 * block's size in the image stands for its stratum. Where the size has no
 * influence, because few blocks are there, all are read.
 */
#pragma once

#include <glib.h>

#include "image/codec.h"
#include "image/image.h"

/* So many data blocks, 16 MiB, are all read. */
#define VG_ESTIMATE_ALL 256

typedef struct _VgEstimate VgEstimate;

/* Divides the data blocks of map into strata. Nothing is known about them. Free
 * with vg_estimate_free(). */
VgEstimate *vg_estimate_new (const VgMap *map);
void vg_estimate_free (VgEstimate *estimate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgEstimate, vg_estimate_free)

/* The blocks to be read for the next sample, of the map of vg_estimate_new().
 * Each sample has other blocks, always the same ones for the same map. Free
 * with vg_map_free(). */
VgMap *vg_estimate_choose (const VgEstimate *estimate, const VgMap *map);

/* Reads the sample, with the first of the levels. data: its bytes, borrowed.
 * Where a stratum was sampled before, the greater size counts; sizes that were
 * learned stay. Fails as vg_block_scan_next(). */
gboolean vg_estimate_read (VgEstimate *estimate, const VgCodecLevels *levels,
                           const VgMap *sample, VgBody *data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Before the first data block: what was learned so far, and not yet taken over
 * by vg_estimate_read(), is forgotten. */
void vg_estimate_begin (VgEstimate *estimate);

/* Says what data block number (counted from 0, in this order) really took, in
 * bytes. Forecasts change by the next vg_estimate_read(). */
void vg_estimate_learn (VgEstimate *estimate, guint64 number, gsize size);

/* Whether it is very likely that data block number can't be compressed: neither
 * could the samples of its stratum and its neighbours', nor what was learned of
 * its stratum. */
gboolean vg_estimate_is_dense (const VgEstimate *estimate, guint64 number);

/* About the data blocks from one on. */
typedef struct {
  guint64 bytes;  /* that they take, most likely */
  guint64 margin; /* that they may take more: two standard deviations (three
                     without compression), and a stratum that the sample
                     missed */
  guint64 stored; /* number of those that are not zero */
  guint64 first;  /* bytes that the first of them takes */
} VgForecast;

/* From data block number on; all are 0 behind the last. */
VgForecast vg_estimate_get_forecast (const VgEstimate *estimate,
                                     guint64 number);

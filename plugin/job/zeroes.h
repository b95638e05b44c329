/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Zeroes that a disk takes for data: on a block device, in a file that was
 * allocated in full, and others that don't tell them apart. They are left out
 * of an uncompressed qcow2 image by one of two ways: its length is chosen by a
 * sample, and the data are read once (image/qcow2-stream.h); or all data are
 * read to find them first, and read again. */
#pragma once

#include "disk/disk.h"
#include "image/estimate.h"
#include "job/job.h"

typedef enum {
  VG_ZEROES_FAILED,
  VG_ZEROES_FEW,    /* the map is good as it is */
  VG_ZEROES_SAMPLE, /* there may be many: read an estimate's sample */
  VG_ZEROES_DROP,   /* vg_zeroes_drop(): so little data that a sample has all */
} VgZeroes;

/* What to do about them, by what the disk told in map and, if it told some, by
 * a small sample. VG_ZEROES_FAILED, with error, as vg_zeroes_drop(). */
VgZeroes vg_zeroes_look (const VgJob *job, VgDisk *disk, const VgMap *map,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether so many of the map's data blocks are zero, by the estimate, that
 * leaving them out pays. */
gboolean vg_zeroes_are_many (const VgMap *map, const VgEstimate *estimate);

/* The map without the blocks that contain only zeroes. Reads all data of the
 * disk (target names it). Errors as of reading the data, with the guard of
 * tail-guard.h. */
VgMap *vg_zeroes_drop (const VgJob *job, const char *target, VgDisk *disk,
                       const VgMap *map, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

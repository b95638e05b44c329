/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Zeroes that a disk takes for data. */
#pragma once

#include "disk/disk.h"
#include "job/job.h"

/* The map without the blocks that contain only zeroes, if there are many: a
 * block device, a file that was allocated in full and others don't tell them
 * from data. Reads all data of the disk (target names it), or a sample, to find
 * out. Takes map. Errors as of reading the data, with the guard of
 * tail-guard.h. */
VgMap *vg_zeroes_drop (const VgJob *job, const char *target, VgDisk *disk,
                       VgMap *map, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A body whose last bytes are given out only once the disk says that all was
 * of one instant: an upload can't be completed with a mix. */
#pragma once

#include "disk/disk.h"
#include "util/body.h"

/* Wraps inner (taken). disk is borrowed and must outlive it. The error of a
 * lost instant is VG_DISK_ERROR_GONE, or _SPOILED. */
VgBody *vg_tail_guard_new (VgBody *inner, VgDisk *disk);

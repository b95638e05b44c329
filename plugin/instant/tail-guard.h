/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A body that returns its last bytes only after the disk confirms that all data
 * are of one instant, so that an inconsistent upload is never completed. */
#pragma once

#include "disk/disk.h"
#include "util/body.h"

/* Wraps inner (taken). disk is borrowed and must outlive it. If the instant is
 * lost: VG_DISK_ERROR_GONE, or _SPOILED. */
VgBody *vg_tail_guard_new (VgBody *inner, VgDisk *disk);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk that is a block device: it has no place beside it for a new one, so it
 * is overwritten, from a file in [libvirt] snapshots_directory. */
#pragma once

#include "restore/guest-disk.h"

extern const VgDiskKind vg_disk_kind_device;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files as the sources of disks, and what reads them. */
#pragma once

#include "disk/confine.h"
#include "util/source.h"

/* Free with vg_source_free(). */
VgSource *disk_source_new_file (const char *path, const char *format);

/* With qemu_config(); for the guest's user, or ours if it is NULL. */
VgConfine *disk_source_confine (VgGuest *guest);

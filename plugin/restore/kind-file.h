/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk that is a file: the new one is made beside it (disk/swap.h). */
#pragma once

#include "restore/guest-disk.h"

extern const VgDiskKind vg_disk_kind_file;

/* The virtual size of a disk in a file or device of size bytes; 0: unknown. */
guint64 vg_disk_kind_measure (const VgGuestDisk *disk, guint64 size,
                              GCancellable *cancellable);

/* check_unused of a file or block device. */
gboolean vg_disk_kind_check_unused (const VgGuestDisk *disk,
                                    const VgGuestLook *look, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

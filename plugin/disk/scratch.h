/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scratch files for backup jobs, created before the jobs begin. */
#pragma once

#include "disk/live.h"

/* Writes a qcow2 image of a disk of size bytes without data to an empty file.
 */
typedef gboolean (*VgScratchWrite) (int fd, guint64 size, GError **error);

/* Creates the scratch files of these disks (NULL-ended), for place->made: by
 * write, but those in place->keys encrypted, by qemu-img(1). libvirt would take
 * seconds to create an encrypted file, and QEMU to open it, while the guest may
 * be frozen. VG_DISK_ERROR, VG_HOST_ERROR (libvirt keeps a key to itself: then
 * it must create the files), G_IO_ERROR_CANCELLED; then no files exist. */
gboolean vg_scratch_make (VgGuest *guest, const VgScratchPaths *place,
                          const char *const *targets, VgScratchWrite write,
                          GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scratch files for backup jobs, made before these begin. */
#pragma once

#include "disk/live.h"

/* Makes the scratch files of these disks (NULL-ended), for place->made, those
 * in place->keys encrypted: libvirt takes seconds to make such a file, and QEMU
 * to open what libvirt made, and the guest may be frozen then. VG_DISK_ERROR,
 * VG_HOST_ERROR (libvirt keeps a key to itself: then it has to make the files),
 * G_IO_ERROR_CANCELLED; then there are none. */
gboolean vg_scratch_make (VgGuest *guest, const VgScratchPaths *place,
                          const char *const *targets, GCancellable *cancellable,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

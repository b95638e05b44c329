/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scratch files for backup jobs, created before the jobs begin. */
#pragma once

#include "disk/live.h"

/* Creates the scratch files of these disks (NULL-ended), for place->made,
 * encrypting those in place->keys. libvirt would take seconds to create such a
 * file, and QEMU to open it, while the guest may be frozen. VG_DISK_ERROR,
 * VG_HOST_ERROR (libvirt keeps a key to itself: then it must create the files),
 * G_IO_ERROR_CANCELLED; then no files exist. */
gboolean vg_scratch_make (VgGuest *guest, const VgScratchPaths *place,
                          const char *const *targets, GCancellable *cancellable,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

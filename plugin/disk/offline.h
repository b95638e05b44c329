/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A shut-off domain's disk, read through our own qemu-nbd(8), which takes no
 * image lock: the domain may be started at any time, which invalidates the data
 * read. */
#pragma once

#include "disk/confine.h"
#include "disk/disk.h"
#include "host/guest.h"
#include "util/source.h"

/* Looks for what vg_offline_open() would refuse: a missing file, one that may
 * not be read, an unreadable layer, a writer, a missing or wrong key. Blocks.
 * Its errors, and G_IO_ERROR_CANCELLED. */
gboolean vg_offline_examine (VgConfine *confine, VgGuest *guest,
                             const VgSource *source, gboolean ciphertext,
                             GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Opens the disk: its content, decrypted if encrypted; with ciphertext, the raw
 * bytes of its file. socket is the path of the unix socket to create, in our
 * directory. The qemu-nbd ends with the disk, with the calling thread, and when
 * the last connection is closed. A disk that another process may write to is
 * refused, now and when it is checked. guest is borrowed and must outlive it;
 * epoch is vg_guest_get_epoch() from when the domain was last seen shut off.
 * confine is taken, also on failure. Errors: VG_DISK_ERROR_OPEN, _UNSUPPORTED,
 * _GONE, VG_HOST_ERROR of a key. */
VgDisk *vg_offline_open (VgConfine *confine, VgGuest *guest, guint epoch,
                         const char *target, const VgSource *source,
                         gboolean ciphertext, const char *socket,
                         GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

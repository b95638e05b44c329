/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Formats new, encrypted scratch files with qemu-img(1). */
#pragma once

#include <gio/gio.h>

/* The hash function of an encrypted scratch file's LUKS header. With it, QEMU's
 * 2^15 iterations of PBKDF2 take 10 to 20 ms of CPU time; with its default,
 * sha256, about 4 ms. QEMU 9.2.0, and the stable releases of its time (such as
 * 7.2.15 and later), fail with "Unable to get accurate CPU usage" if they
 * measure less than a tick of the kernel's clock, which is 1 to 10 ms. */
#define VG_SCRATCH_FILE_HASH "sha512"

/* Formats the empty file open as fd as a qcow2 image of size bytes, encrypted
 * with keys' only member (see vg_unlock_layer()). path is for messages. Blocks
 * for seconds. If the measurement fails (see above), it is repeated, up to
 * VG_SCRATCH_FILE_TRIES times. VG_DISK_ERROR_OPEN, G_IO_ERROR_CANCELLED, others
 * if qemu-img is missing. */
#define VG_SCRATCH_FILE_TRIES 50
gboolean vg_scratch_file_format (int fd, const char *path, guint64 size,
                                 GPtrArray *keys, GCancellable *cancellable,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

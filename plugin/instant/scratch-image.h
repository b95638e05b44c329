/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scratch files that are not encrypted. */
#pragma once

#include <glib.h>

/* Writes a qcow2 image of a disk of size bytes without data to the new file
 * that is open as fd: 256 KiB for most disks. It takes no process, and nothing
 * is flushed to the medium, since nobody needs a scratch file after a crash.
 * VG_IMAGE_ERROR_TOO_LARGE, or G_IO_ERROR. A VgScratchWrite. */
gboolean vg_scratch_image_write (int fd, guint64 size, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

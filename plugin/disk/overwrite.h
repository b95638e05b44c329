/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file's content in place of a block device's. */
#pragma once

#include <glib.h>

/* Opens the device for it. *size: in bytes. -1 with VG_DISK_ERROR_BUSY (this
 * host uses it: it is mounted, or part of an array or a volume group) or
 * GFileError. */
int vg_overwrite_open (const char *device, guint64 *size, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Copies the file open as from to the device open as to, of size bytes, which
 * the file fits in; holes, and what is beyond the file's end, become zeroes.
 * Forces all to the disk. After a failure the device has some of both contents.
 * Not cancellable: what has begun is better completed. progress may be NULL.
 * GFileError, whose message names device. Blocks. */
gboolean vg_overwrite (int from, int to, guint64 size, const char *device,
                       void (*progress) (guint64 done, guint64 total,
                                         gpointer data),
                       gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

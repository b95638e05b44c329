/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at guests' disks, and at files beside them. Their file system may not
 * answer any more, so a child process looks: see util/look.h. */
#pragma once

#include <gio/gio.h>

#include "util/look.h"

/* Makes an error of util/look.h (taken) one of this room, unless it is
 * G_IO_ERROR_CANCELLED: VG_DISK_ERROR_UNREACHABLE if the file system doesn't
 * answer, else _OPEN. Returns FALSE. */
gboolean vg_disk_throw_look (GError **error, GError *why);

/* vg_look_at_files() with these errors; n paths. */
gboolean vg_disk_look (const char *const *paths, gsize n, VgFileFacts *facts,
                       GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The first bytes of a file. */
#define VG_DISK_HEADER 80
typedef struct {
  gsize length; /* read; 0: the file can't be read */
  guint8 bytes[VG_DISK_HEADER];
} VgDiskHeader;

/* Reads them as our own user, from a regular file or a block device. */
gboolean vg_disk_read_header (const char *path, VgDiskHeader *header,
                              GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Sets *writer to the number of the first of n files that QEMU, or another who
 * uses its image locks, has open for writing; -1: none. */
gboolean vg_disk_find_writer (const char *const *paths, gsize n, int *writer,
                              GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* VG_DISK_ERROR_BUSY if one of them has the file open for writing: "PATH can't
 * be END". Else fails as vg_disk_find_writer(). */
gboolean vg_disk_check_no_writer (const char *path, const char *end,
                                  GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

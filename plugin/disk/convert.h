/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Conversion of an image by qemu-img(1). Somebody else made its bytes, so
 * qemu-img runs as the programs of confined.h do: as user and group 65534
 * ("nobody") if we are root, and sees these two files alone. */
#pragma once

#include <gio/gio.h>

#include "util/config.h"
#include "util/new-file.h"

typedef struct {
  VgNewFile *from;         /* loses its name, if it has one */
  const char *from_format; /* qemu-img's name, "qcow2" */
  VgNewFile *to;           /* gets a name (vg_new_file_show()), and data */
  const char *to_format;
  /* Bytes of the disk, of its virtual size. May be NULL. */
  void (*progress) (guint64 done, guint64 total, gpointer data);
  gpointer progress_data;
} VgConversion;

/* Converts; both files belong to us again afterwards. An image that refers to
 * other files (a backing file, an external data file) is refused. Blocks.
 * VG_DISK_ERROR_UNSUPPORTED: refused; _OPEN: qemu-img can't read the image, or
 * can't write; _FULL: no space; _CONFINE: the host can't confine it;
 * G_IO_ERROR_CANCELLED, GFileError, G_SPAWN_ERROR. */
gboolean vg_convert (const VgConfig *config, const VgConversion *conversion,
                     GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the image in file (of from_format) refers to no other file, and its
 * virtual size in bytes: by qemu-img, confined likewise. The file keeps its
 * name, and belongs to us again. The same errors. Blocks. */
gboolean vg_convert_check (const VgConfig *config, VgNewFile *file,
                           const char *format, guint64 *size,
                           GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

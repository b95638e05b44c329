/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface between formats.c and the formats in raw.c and qcow2.c, and the
 * functions of data.c for all of them. */
#pragma once

#include <glib.h>

#include "image/image.h"

typedef struct {
  /* Name in Glance's disk_format and in qemu-img. */
  const char *name;

  /* Length of the image in bytes. FALSE, with *length unchanged, if the format
   * can't hold the disk. */
  gboolean (*get_length) (const VgMap *map, guint64 *length);

  /* The body, which takes ownership of data. NULL, without taking data, if the
   * format can't hold the disk. */
  VgBody *(*open) (const VgMap *map, VgBody *data);
} VgImageOps;

extern const VgImageOps vg_image_raw;
extern const VgImageOps vg_image_qcow2;

/* Reads up to n bytes of a disk's data into buf, after done of total bytes.
 * Like vg_body_read(), but the end is VG_IMAGE_ERROR_SHORT: never returns 0. */
gssize vg_image_read_data (VgBody *data, void *buf, gsize n, guint64 done,
                           guint64 total, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Sets VG_IMAGE_ERROR_TOO_LARGE. */
void vg_image_throw_too_large (const VgMap *map, const char *name,
                               GError **error);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk's data blocks as the stream of an image file.
 *
 * The length is known in advance, memory use does not depend on the amount of
 * data, and a rewound stream repeats the same bytes.
 */
#pragma once

#include <glib.h>

#include "util/body.h"
#include "util/image-format.h"
#include "util/map.h"

#define VG_IMAGE_ERROR (vg_image_error_quark ())
typedef enum {
  VG_IMAGE_ERROR_TOO_LARGE, /* the format can't hold a disk of that size (qcow2:
                               2 PiB, QEMU's limit) */
  VG_IMAGE_ERROR_SHORT,     /* the data ended before the map's last block */
  VG_IMAGE_ERROR_TIGHT, /* the data don't fit into the length that was chosen
                           for them */
} VgImageError;
GQuark vg_image_error_quark (void);

/* The body of an image file in that format. map: the disk's data blocks;
 * borrowed, must outlive the body. data: the bytes of the map's data blocks in
 * ascending order (a short last block with its true length; its body length is
 * vg_map_get_data_bytes()); owned and freed by the body, and also freed on
 * error; may be NULL for a qcow2 image without data, which can't be rewound. A
 * raw image has zeroes between the data. Returns NULL with
 * VG_IMAGE_ERROR_TOO_LARGE. Free with vg_body_free(). */
VgBody *vg_image_new (VgImageFormat format, const VgMap *map, VgBody *data,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The length in bytes of the body of vg_image_new(); 0 if the format can't hold
 * the disk (and for the raw image of a disk of 0 bytes). */
guint64 vg_image_length (VgImageFormat format, const VgMap *map);

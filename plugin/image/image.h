/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk's data blocks as the stream of an image file.
 *
 * The length is known before the first byte, memory use does not depend on
 * how much data there is, and the same bytes come again after a rewind.
 */
#pragma once

#include <glib.h>

#include "util/body.h"
#include "util/image-format.h"
#include "util/map.h"

#define VG_IMAGE_ERROR (vg_image_error_quark ())
typedef enum {
  VG_IMAGE_ERROR_TOO_LARGE, /* the format can't hold a disk of that size (qcow2:
                               2 PiB, what QEMU opens) */
  VG_IMAGE_ERROR_SHORT,     /* the data ended before the map's last block */
  VG_IMAGE_ERROR_UNSTABLE,  /* read again, the data were others */
} VgImageError;
GQuark vg_image_error_quark (void);

/* The body of an image of format with the disk's bytes. map says where data
 * are; it is borrowed and must outlive the body. data gives the bytes of the
 * map's data blocks in ascending order (a short last block with its true
 * length; its body length is vg_map_get_data_bytes()); it is taken, and freed
 * with the body. Raw: zeroes are made up between the data. Returns NULL with
 * VG_IMAGE_ERROR_TOO_LARGE (data freed). Free with vg_body_free(). */
VgBody *vg_image_new (VgImageFormat format, const VgMap *map, VgBody *data,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Length in bytes that vg_image_new() would give the body; 0 where the format
 * can't hold the disk (and for the raw image of a disk of 0 bytes). */
guint64 vg_image_length (VgImageFormat format, const VgMap *map);

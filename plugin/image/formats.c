/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of formats, and their common code. */
#include "image/image.h"

#include "image/private.h"
#include "util/text.h"

static const VgImageOps *const formats[] = {
  [VG_IMAGE_RAW] = &vg_image_raw,
  [VG_IMAGE_QCOW2] = &vg_image_qcow2,
};

VgBody *
vg_image_new (VgImageFormat format, const VgMap *map, VgBody *data,
              GError **error)
{
  VgBody *body = formats[format]->open (map, data);

  if (body == NULL) {
    vg_image_throw_too_large (map, vg_image_format_to_string (format), error);
    vg_body_free (data);
  }
  return body;
}

guint64
vg_image_length (VgImageFormat format, const VgMap *map)
{
  guint64 length;

  return formats[format]->get_length (map, &length) ? length : 0;
}

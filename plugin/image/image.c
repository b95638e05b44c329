/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The formats by name, and what they have in common. */
#include "image/image.h"

#include "image/format.h"
#include "util/text.h"

G_DEFINE_QUARK (vg_image_error_quark, vg_image_error)

static const VgImageOps *const formats[] = {
  [VG_IMAGE_RAW] = &vg_image_raw,
  [VG_IMAGE_QCOW2] = &vg_image_qcow2,
};

const char *
vg_image_format_to_string (VgImageFormat format)
{
  return formats[format]->name;
}

gboolean
vg_image_format_from_string (const char *text, VgImageFormat *format)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_strcmp0 (text, formats[i]->name) == 0) {
      *format = (VgImageFormat) i;
      return TRUE;
    }
  return FALSE;
}

static const char *const compressions[] = {
  [VG_COMPRESSION_NONE] = "none",
  [VG_COMPRESSION_ZLIB] = "zlib",
  [VG_COMPRESSION_ZSTD] = "zstd",
};

const char *
vg_compression_to_string (VgCompression compression)
{
  return compressions[compression];
}

gboolean
vg_compression_from_string (const char *text, VgCompression *compression)
{
  for (guint i = 0; i < G_N_ELEMENTS (compressions); i++)
    if (g_strcmp0 (text, compressions[i]) == 0) {
      *compression = (VgCompression) i;
      return TRUE;
    }
  return FALSE;
}

VgBody *
vg_image_new (VgImageFormat format, const VgMap *map, VgBody *data,
              GError **error)
{
  VgBody *body = formats[format]->open (map, data);

  if (body == NULL) {
    vg_image_throw_too_large (map, formats[format]->name, error);
    vg_body_free (data);
  }
  return body;
}

void
vg_image_throw_too_large (const VgMap *map, const char *name, GError **error)
{
  g_autofree char *size = vg_text_format_size (vg_map_get_size (map));

  g_set_error (error, VG_IMAGE_ERROR, VG_IMAGE_ERROR_TOO_LARGE,
               "a disk of %s is too large for a %s image", size, name);
}

guint64
vg_image_length (VgImageFormat format, const VgMap *map)
{
  guint64 length;

  return formats[format]->get_length (map, &length) ? length : 0;
}

gssize
vg_image_read_data (VgBody *data, void *buf, gsize n, guint64 done,
                    guint64 total, GError **error)
{
  gssize got = vg_body_read (data, buf, n, error);

  if (got != 0)
    return got;
  g_set_error (error, VG_IMAGE_ERROR, VG_IMAGE_ERROR_SHORT,
               "the disk's data ended after %" G_GUINT64_FORMAT
               " of %" G_GUINT64_FORMAT " bytes",
               done, total);
  return -1;
}

gboolean
vg_image_throw_unstable (GError **error)
{
  g_set_error_literal (error, VG_IMAGE_ERROR, VG_IMAGE_ERROR_UNSTABLE,
                       "the disk was read twice, and its data were others the "
                       "second time");
  return FALSE;
}

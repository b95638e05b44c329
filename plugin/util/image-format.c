/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of image formats and compressions. */
#include "util/image-format.h"

#include "util/text.h"

static const char *const formats[] = {
  [VG_IMAGE_RAW] = "raw",
  [VG_IMAGE_QCOW2] = "qcow2",
};

const char *
vg_image_format_to_string (VgImageFormat format)
{
  return formats[format];
}

gboolean
vg_image_format_from_string (const char *text, VgImageFormat *format)
{
  int i = vg_text_find_word (formats, G_N_ELEMENTS (formats), text);

  if (i >= 0)
    *format = (VgImageFormat) i;
  return i >= 0;
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
  int i = vg_text_find_word (compressions, G_N_ELEMENTS (compressions), text);

  if (i >= 0)
    *compression = (VgCompression) i;
  return i >= 0;
}

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

/* The highest levels; 0: there is none. */
static const guint64 levels[] = {
  [VG_COMPRESSION_NONE] = 0,
  [VG_COMPRESSION_ZLIB] = 9,
  [VG_COMPRESSION_ZSTD] = 19,
};

gboolean
vg_compression_parse (const char *text, VgCompression *compression,
                      guint *level)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 2);
  guint64 number = 0;
  int i = parts[0] != NULL ? vg_text_find_word (
              compressions, G_N_ELEMENTS (compressions), parts[0])
                           : -1;

  if (i < 0)
    return FALSE;
  if (parts[1] != NULL
      && (levels[i] == 0
          || (!g_str_equal (parts[1], "auto")
              && !g_ascii_string_to_unsigned (parts[1], 10, 1, levels[i],
                                              &number, NULL))))
    return FALSE;
  *compression = (VgCompression) i;
  *level = (guint) number;
  return TRUE;
}

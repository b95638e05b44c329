/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a disk's data, and the room's errors, for all formats. */
#include "image/private.h"
#include "util/text.h"

G_DEFINE_QUARK (vg_image_error_quark, vg_image_error)

void
vg_image_throw_too_large (const VgMap *map, const char *name, GError **error)
{
  g_autofree char *size = vg_text_format_size (vg_map_get_size (map));

  g_set_error (error, VG_IMAGE_ERROR, VG_IMAGE_ERROR_TOO_LARGE,
               "a disk of %s is too large for a %s image", size, name);
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The image room makes them, as it makes images for Glance. */
#include "instant/scratch-image.h"

#include <gio/gunixoutputstream.h>

#include "image/image.h"

#define BUFFER_SIZE 65536

gboolean
vg_scratch_image_write (int fd, guint64 size, GError **error)
{
  g_autoptr (VgMap) nothing = vg_map_new (size);
  g_autoptr (VgBody) image =
      vg_image_new (VG_IMAGE_QCOW2, nothing, NULL, error);
  g_autoptr (GOutputStream) out = g_unix_output_stream_new (fd, FALSE);
  g_autofree char *buffer = g_malloc (BUFFER_SIZE);
  gssize n;

  if (image == NULL)
    return FALSE;
  while ((n = vg_body_read (image, buffer, BUFFER_SIZE, error)) > 0)
    if (!g_output_stream_write_all (out, buffer, (gsize) n, NULL, NULL, error))
      return FALSE;
  return n == 0;
}

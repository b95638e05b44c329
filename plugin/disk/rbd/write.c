/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Data are collected to whole objects, because each write of a part is a
 * request of its own, and some are sent at once. */
#include "disk/rbd/write.h"

#include <errno.h>
#include <string.h>

#include "disk/rbd/private.h"

#define PART ((gsize) 4 << 20) /* bytes; of an object by default */
#define N_PARTS 4              /* that are written at once */

typedef struct {
  char *bytes;
  rbd_completion_t pending; /* its write; NULL: none */
} Part;

struct _VgRbdWriter {
  VgCluster *cluster;
  char *name;
  VgRbdImage *image;
  guint64 size;
  Part parts[N_PARTS];
  guint current;  /* the part that is filled */
  guint64 offset; /* of its first byte in the image */
  gsize n;        /* bytes in it */
};

static gboolean
throw_write (const VgRbdWriter *writer, int result, GError **error)
{
  return vg_rbd_throw (writer->cluster, result, error,
                       "RBD image %s can't be written", writer->name);
}

VgRbdWriter *
vg_rbd_writer_new (VgCluster *cluster, const char *name, guint64 size,
                   GError **error)
{
  g_auto (VgRbdPlace) place = { 0 };
  VgRbdWriter *writer;
  int order = 0, result;

  if (!vg_rbd_place_open (&place, cluster, name, error))
    return NULL;
  result = rbd_create (place.io, place.name, size, &order);
  if (result < 0) {
    vg_rbd_throw (cluster, result, error, "RBD image %s can't be created",
                  name);
    return NULL;
  }
  writer = g_new0 (VgRbdWriter, 1);
  writer->cluster = cluster;
  writer->name = g_strdup (name);
  writer->size = size;
  writer->image = vg_rbd_image_open (cluster, writer->name, NULL, FALSE, error);
  if (writer->image != NULL)
    return writer;
  vg_rbd_writer_free (writer);
  return NULL;
}

static int
await (Part *part)
{
  int result;

  if (part->pending == NULL)
    return 0;
  rbd_aio_wait_for_complete (part->pending);
  result = (int) rbd_aio_get_return_value (part->pending);
  rbd_aio_release (g_steal_pointer (&part->pending));
  return MIN (result, 0);
}

static int
await_all (VgRbdWriter *writer)
{
  int result = 0;

  for (guint i = 0; i < N_PARTS; i++) {
    int one = await (&writer->parts[i]);

    result = result < 0 ? result : one;
  }
  return result;
}

static gboolean
is_zero (const char *bytes, gsize n)
{
  return n == 0 || (bytes[0] == 0 && memcmp (bytes, bytes + 1, n - 1) == 0);
}

/* Sends the current part, and makes the next one ready. */
static int
send_part (VgRbdWriter *writer)
{
  Part *part = &writer->parts[writer->current];
  int result = 0;

  if (!is_zero (part->bytes, writer->n)) {
    result = rbd_aio_create_completion (NULL, NULL, &part->pending);
    if (result >= 0)
      result = rbd_aio_write (writer->image->handle, writer->offset, writer->n,
                              part->bytes, part->pending);
    if (result < 0 && part->pending != NULL)
      rbd_aio_release (g_steal_pointer (&part->pending));
  }
  writer->offset += writer->n;
  writer->n = 0;
  writer->current = (writer->current + 1) % N_PARTS;
  return result < 0 ? result : await (&writer->parts[writer->current]);
}

/* Continues at offset; sends the collected bytes first unless it follows them.
 */
static int
seek (VgRbdWriter *writer, guint64 offset)
{
  int result = 0;

  if (offset == writer->offset + writer->n)
    return 0;
  if (writer->n > 0)
    result = send_part (writer);
  writer->offset = offset;
  return result;
}

gboolean
vg_rbd_writer_write (VgRbdWriter *writer, guint64 offset, const char *bytes,
                     gsize n, GError **error)
{
  int result = 0;

  if (n > writer->size || offset > writer->size - n)
    return throw_write (writer, -EFBIG, error);
  result = seek (writer, offset);
  while (n > 0 && result >= 0) {
    Part *part = &writer->parts[writer->current];
    gsize end = PART - writer->offset % PART;
    gsize some = MIN (n, end - writer->n);

    if (part->bytes == NULL)
      part->bytes = g_malloc (PART);
    memcpy (part->bytes + writer->n, bytes, some);
    writer->n += some;
    bytes += some;
    n -= some;
    if (writer->n == end)
      result = send_part (writer);
  }
  return result >= 0 || throw_write (writer, result, error);
}

gboolean
vg_rbd_writer_restart (VgRbdWriter *writer, GError **error)
{
  int result;

  await_all (writer);
  writer->offset = writer->n = 0;
  result = rbd_resize (writer->image->handle, 0);
  if (result >= 0)
    result = rbd_resize (writer->image->handle, writer->size);
  return result >= 0 || throw_write (writer, result, error);
}

gboolean
vg_rbd_writer_finish (VgRbdWriter *writer, GError **error)
{
  int result = writer->n > 0 ? send_part (writer) : 0;
  int written = await_all (writer);

  if (result >= 0)
    result = written;
  if (result >= 0)
    result = rbd_flush (writer->image->handle);
  return result >= 0 || throw_write (writer, result, error);
}

void
vg_rbd_writer_free (VgRbdWriter *writer)
{
  if (writer == NULL)
    return;
  await_all (writer);
  if (writer->image != NULL)
    vg_rbd_image_close (writer->image);
  for (guint i = 0; i < N_PARTS; i++)
    g_free (writer->parts[i].bytes);
  g_free (writer->name);
  g_free (writer);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A raw image: the disk's bytes, with zeroes between the data. */
#include "image/private.h"

#include <string.h>

typedef struct {
  VgBody body;
  const VgMap *map;
  VgBody *data;
  guint64 position;
  guint64 data_done; /* bytes read from data */
  /* The run of data at position, or the next one, in bytes; after the last run
   * both are the disk's size. */
  guint64 run_start, run_end;
} Raw;

static gboolean
get_raw_length (const VgMap *map, guint64 *length)
{
  /* The maximum size of a file. */
  if (vg_map_get_size (map) > G_MAXINT64)
    return FALSE;
  *length = vg_map_get_size (map);
  return TRUE;
}

static void
find_run (Raw *raw)
{
  guint64 size = raw->body.length;
  guint64 first, n_blocks;

  if (vg_map_next_run (raw->map, raw->position / VG_MAP_BLOCK_SIZE, &first,
                       &n_blocks)) {
    raw->run_start = first * VG_MAP_BLOCK_SIZE;
    raw->run_end = MIN (size, (first + n_blocks) * VG_MAP_BLOCK_SIZE);
  } else {
    raw->run_start = raw->run_end = size;
  }
}

static gssize
read_raw (VgBody *self, void *buf, gsize n, GError **error)
{
  Raw *raw = (Raw *) self;
  gssize got;

  if (raw->position == self->length)
    return 0;
  if (raw->position == raw->run_end)
    find_run (raw);

  if (raw->position < raw->run_start) {
    got = (gssize) MIN (n, raw->run_start - raw->position);
    memset (buf, 0, (gsize) got);
  } else {
    got = vg_image_read_data (
        raw->data, buf, MIN (n, raw->run_end - raw->position), raw->data_done,
        vg_map_get_data_bytes (raw->map), error);
    if (got < 0)
      return -1;
    raw->data_done += (guint64) got;
  }
  raw->position += (guint64) got;
  return got;
}

static void
reset_position (Raw *raw)
{
  raw->position = 0;
  raw->data_done = 0;
  find_run (raw);
}

static gboolean
rewind_raw (VgBody *self, GError **error)
{
  Raw *raw = (Raw *) self;

  if (!vg_body_rewind (raw->data, error))
    return FALSE;
  reset_position (raw);
  return TRUE;
}

static void
free_raw (VgBody *self)
{
  Raw *raw = (Raw *) self;

  vg_body_free (raw->data);
  g_free (raw);
}

static VgBody *
open_raw (const VgMap *map, VgBody *data)
{
  guint64 length;
  Raw *raw;

  if (!get_raw_length (map, &length))
    return NULL;
  raw = g_new0 (Raw, 1);
  raw->body.length = length;
  raw->body.read = read_raw;
  raw->body.rewind = rewind_raw;
  raw->body.free = free_raw;
  raw->map = map;
  raw->data = data;
  reset_position (raw);
  return &raw->body;
}

const VgImageOps vg_image_raw = {
  .name = "raw",
  .get_length = get_raw_length,
  .open = open_raw,
};

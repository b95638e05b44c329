/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Generated disk contents for tests. */
#include "lib/pattern.h"

#include <gio/gio.h>
#include <string.h>

/* A pseudo-random word for each position and seed. */
static guint64
mix_bits (guint64 x)
{
  x += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return x ^ (x >> 31);
}

/* The bytes must be within one block. */
static void
fill_block (const Pattern *pattern, guint64 offset, guint8 *buf, gsize n)
{
  guint64 word;

  if (mix_bits (offset / VG_MAP_BLOCK_SIZE) % pattern->every != 0) {
    memset (buf, 0, n);
    return;
  }
  for (gsize i = 0, step; i < n; i += step) {
    guint skip = (offset + i) % 8;

    word = GUINT64_TO_LE (mix_bits (pattern->seed ^ ((offset + i) / 8)));
    step = MIN (n - i, 8 - skip);
    memcpy (buf + i, (const guint8 *) &word + skip, step);
  }
}

void
pattern_fill (const Pattern *pattern, guint64 offset, void *buf, gsize n)
{
  for (gsize i = 0, step; i < n; i += step) {
    guint64 rest = VG_MAP_BLOCK_SIZE - (offset + i) % VG_MAP_BLOCK_SIZE;

    step = MIN (n - i, rest);
    fill_block (pattern, offset + i, (guint8 *) buf + i, step);
  }
}

static gssize
read_pattern (VgBody *body, void *buf, gsize n, GError **error)
{
  PatternBody *self = (PatternBody *) body;
  guint64 size = vg_map_get_size (self->map);
  guint64 first, n_blocks;

  self->last_buf = buf;
  if (self->done >= self->fail_at) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "the disk broke");
    return -1;
  }
  if (self->done >= self->available)
    return 0;

  if (!vg_map_next_run (self->map, self->position / VG_MAP_BLOCK_SIZE, &first,
                        &n_blocks))
    g_error ("more was read than there are data");
  self->position = MAX (self->position, first * VG_MAP_BLOCK_SIZE);
  n = MIN (n,
           MIN (size, (first + n_blocks) * VG_MAP_BLOCK_SIZE) - self->position);
  n = MIN (n, MIN (self->available, self->fail_at) - self->done);
  if (n > 1 && g_rand_boolean (self->lengths))
    n = (gsize) g_rand_int_range (self->lengths, 1, (gint32) MIN (n, 1 << 20));

  pattern_fill (&self->pattern, self->position, buf, n);
  self->position += n;
  self->done += n;
  return (gssize) n;
}

static gboolean
rewind_pattern (VgBody *body, GError **error)
{
  PatternBody *self = (PatternBody *) body;

  if (self->no_rewind) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "the disk is gone");
    return FALSE;
  }
  self->done = 0;
  self->position = 0;
  return TRUE;
}

static void
free_pattern (VgBody *body)
{
  PatternBody *self = (PatternBody *) body;

  if (self->freed != NULL)
    *self->freed = TRUE;
  g_rand_free (self->lengths);
  g_free (self);
}

PatternBody *
pattern_body_new (const VgMap *map, const Pattern *pattern)
{
  PatternBody *self = g_new0 (PatternBody, 1);

  self->body.length = vg_map_get_data_bytes (map);
  self->body.read = read_pattern;
  self->body.rewind = rewind_pattern;
  self->body.free = free_pattern;
  self->map = map;
  self->pattern = *pattern;
  self->lengths = g_rand_new_with_seed ((guint32) pattern->seed);
  self->available = self->body.length;
  self->fail_at = G_MAXUINT64;
  return self;
}

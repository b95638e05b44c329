/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Generated disks: a block's bytes depend on its number and the seed. */
#include "lib/made.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

Kind
made_kind_of (const Made *made, guint64 block)
{
  static const Kind mixture[] = { TEXT, NOISE, TEXT,   BYTE, ZEROES, NOISE,
                                  BYTE, TEXT,  ZEROES, TEXT, NOISE };

  if (made->blank != NULL && vg_map_is_data (made->blank, block))
    return ZEROES;
  if (made->noise != NULL && vg_map_is_data (made->noise, block))
    return NOISE;
  if (made->kind == TAIL)
    return block < vg_map_get_n_blocks (made->map) / 8 * 7 ? ZEROES : NOISE;
  if (made->kind == ISLANDS)
    return (block + made->seed) * 2654435761u % 4294967291u % 8 == 0 ? NOISE
                                                                     : ZEROES;
  if (made->kind == HALVES)
    return block < vg_map_get_n_blocks (made->map) / 2 ? TEXT : NOISE;
  if (made->kind != MIXTURE)
    return made->kind;
  return mixture[(block * 2654435761u + made->seed) % 4294967291u
                 % G_N_ELEMENTS (mixture)];
}

static void
fill_block (const Made *made, guint64 block, guint8 *buf)
{
  g_autoptr (GRand) rand =
      g_rand_new_with_seed (made->seed + (guint32) block * 7919);

  memset (buf, 0, C);
  switch (made_kind_of (made, block)) {
  case NOISE:
    for (gsize i = 0; i < C; i += 4) {
      guint32 word = g_rand_int (rand);

      memcpy (buf + i, &word, 4);
    }
    break;
  case TEXT:
    for (gsize i = 0; i < C; i += 16) {
      guint32 word = g_rand_int (rand);

      memcpy (buf + i, "block of numbers", 16);
      memcpy (buf + i, &word, block % 5);
    }
    break;
  case BYTE:
    buf[block % 512] = 1 + block % 255;
    break;
  default:
    break;
  }
}

/* Data block number number of the map. */
static guint64
find_block (const Made *made, guint64 number)
{
  guint64 next = 0, first, n_blocks;

  while (vg_map_next_run (made->map, next, &first, &n_blocks)) {
    if (number < n_blocks)
      return first + number;
    number -= n_blocks;
    next = first + n_blocks;
  }
  g_assert_not_reached ();
}

static gssize
read_made (VgBody *body, void *buf, gsize n, GError **error)
{
  Made *made = (Made *) body;
  guint8 block[C];
  gsize at = made->position % C;

  if (made->position >= made->fail_at) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "the disk broke");
    return -1;
  }
  n = MIN (MIN (n, C - at), body->length - made->position);
  if (n == 0)
    return 0;
  fill_block (made, find_block (made, made->position / C), block);
  memcpy (buf, block + at, n);
  made->position += n;
  return (gssize) n;
}

static gboolean
rewind_made (VgBody *body, GError **error G_GNUC_UNUSED)
{
  Made *made = (Made *) body;

  made->position = 0;
  return TRUE;
}

static void
free_made (VgBody *body)
{
  g_free (body);
}

Made *
made_new (const VgMap *map, Kind kind, guint32 seed)
{
  Made *made = g_new0 (Made, 1);

  made->body.length = vg_map_get_data_bytes (map);
  made->body.read = read_made;
  made->body.rewind = rewind_made;
  made->body.free = free_made;
  made->map = map;
  made->kind = kind;
  made->seed = seed;
  made->fail_at = G_MAXUINT64;
  return made;
}

VgMap *
made_full_map (guint64 size)
{
  VgMap *map = vg_map_new (size);

  vg_map_add (map, 0, size);
  return map;
}

static void
write_at (int fd, const guint8 *buf, gsize n, guint64 offset)
{
  if (buf[0] == 0 && memcmp (buf, buf + 1, n - 1) == 0)
    return;
  g_assert_cmpint (pwrite (fd, buf, n, (off_t) offset), ==, (gssize) n);
}

void
made_write_raw (const Made *made, const char *path)
{
  guint64 size = vg_map_get_size (made->map), next = 0, first, n_blocks;
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  guint8 block[C];

  g_assert_cmpint (ftruncate (fd, (off_t) size), ==, 0);
  for (; vg_map_next_run (made->map, next, &first, &n_blocks);
       next = first + n_blocks)
    for (guint64 i = first; i < first + n_blocks; i++) {
      fill_block (made, i, block);
      write_at (fd, block, MIN (C, size - i * C), i * C);
    }
  close (fd);
}

void
made_drain (VgBody *body, const char *path, GChecksum *checksum)
{
  g_autofree guint8 *buf = g_malloc (MIB);
  g_autoptr (GError) error = NULL;
  guint64 at = 0;
  int fd = path != NULL
               ? open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
               : -1;
  gssize got;

  while ((got = vg_body_read (body, buf, 1 + at % 77 + (at % 5) * C, &error))
         > 0) {
    if (checksum != NULL)
      g_checksum_update (checksum, buf, got);
    if (fd >= 0)
      write_at (fd, buf, (gsize) got, at);
    at += (guint64) got;
  }
  g_assert_no_error (error);
  g_assert_cmpuint (at, ==, body->length);
  if (fd >= 0) {
    g_assert_cmpint (ftruncate (fd, (off_t) at), ==, 0);
    close (fd);
  }
}

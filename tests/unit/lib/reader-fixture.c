/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A raw disk, its qemu-nbd, and what is read of it. */
#include "lib/reader-fixture.h"

const char *const reader_shared[] = { "--read-only", "--shared=8", NULL };

VgMap *
reader_random_map (guint64 size, guint32 seed, double share)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  VgMap *map = vg_map_new (size);

  for (guint64 i = 0; i < vg_map_get_n_blocks (map); i++)
    if (g_rand_double (rand) < share)
      vg_map_add (map, i * VG_MAP_BLOCK_SIZE, 1);
  return map;
}

VgBody *
reader_open (const char *socket, const VgMap *map, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  VgBody *body = vg_nbd_reader_new (socket, "", NULL, map, cancellable, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (body->length, ==, vg_map_get_data_bytes (map));
  return body;
}

static void
set_up (ReaderFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (qemu_is_missing ())
    return;
  fix->dir = workdir_new ();
  fix->image = workdir_path (fix->dir, "image");
  fix->socket = workdir_path (fix->dir, "socket");
  fix->map = reader_random_map (READER_SIZE, 7, 0.6);
  qemu_write_raw (fix->image, fix->map, 7);
  g_file_get_contents (fix->image, &fix->bytes, NULL, NULL);
  fix->server = qemu_server_new (fix->socket, fix->image, "raw", reader_shared);
}

static void
tear_down (ReaderFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  g_clear_pointer (&fix->server, qemu_server_free);
  vg_map_free (fix->map);
  g_free (fix->bytes);
  g_free (fix->image);
  g_free (fix->socket);
  workdir_remove (fix->dir);
}

/* Compares n bytes with the image's at that place in map. */
static void
compare (const ReaderFixture *fix, const VgMap *map, ReaderPlace *place,
         const char *bytes, gsize n)
{
  for (gsize i = 0, part; i < n; i += part) {
    guint64 first, n_blocks;

    if (place->offset == place->end) {
      g_assert_true (vg_map_next_run (map, place->offset / VG_MAP_BLOCK_SIZE,
                                      &first, &n_blocks));
      place->offset = first * VG_MAP_BLOCK_SIZE;
      place->end = MIN (READER_SIZE, (first + n_blocks) * VG_MAP_BLOCK_SIZE);
    }
    part = MIN (n - i, place->end - place->offset);
    g_assert_cmpmem (bytes + i, part, fix->bytes + place->offset, part);
    place->offset += part;
  }
}

guint64
reader_pull (const ReaderFixture *fix, VgBody *body, const VgMap *map,
             ReaderPlace *place, guint64 limit, GError **error)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  g_autofree char *buffer = g_malloc (READER_MIB);
  guint64 done = 0;

  while (done < limit) {
    gint32 most = g_rand_boolean (rand) ? 5000 : (gint32) READER_MIB;
    gsize n = (gsize) g_rand_int_range (rand, 1, most);
    gssize got = vg_body_read (body, buffer, n, error);

    if (got <= 0)
      break;
    g_assert_cmpuint ((gsize) got, <=, n);
    compare (fix, map, place, buffer, (gsize) got);
    done += (guint64) got;
  }
  return done;
}

void
reader_pull_some (const ReaderFixture *fix, VgBody *body, const VgMap *map,
                  ReaderPlace *place, guint64 limit)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (reader_pull (fix, body, map, place, limit, &error), >=,
                    limit);
  g_assert_no_error (error);
}

void
reader_pull_all (const ReaderFixture *fix, VgBody *body, const VgMap *map)
{
  g_autoptr (GError) error = NULL;
  ReaderPlace place = { 0 };
  guint64 n = reader_pull (fix, body, map, &place, G_MAXUINT64, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, vg_map_get_data_bytes (map));
}

void
reader_fixture_add (const char *path,
                    void (*test) (ReaderFixture *, gconstpointer))
{
  g_test_add (path, ReaderFixture, NULL, set_up, test, tear_down);
}

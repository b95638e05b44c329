/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading an NBD export, of a real qemu-nbd: its map and its bytes, and what
 * happens when it fails or goes. */
#include <string.h>

#include "disk/disk.h"
#include "disk/nbd.h"
#include "lib/pattern.h"
#include "lib/qemu.h"
#include "lib/workdir.h"

#define MIB ((guint64) 1 << 20)
/* Of the fixture's disk: more than all slots of the reader, and no multiple of
 * a block. */
#define SIZE (40 * MIB + 5 * 512)

static const char *const shared[] = { "--read-only", "--shared=8", NULL };

static VgMap *
random_map (guint64 size, guint32 seed, double share)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  VgMap *map = vg_map_new (size);

  for (guint64 i = 0; i < vg_map_get_n_blocks (map); i++)
    if (g_rand_double (rand) < share)
      vg_map_add (map, i * VG_MAP_BLOCK_SIZE, 1);
  return map;
}

static void
assert_same_map (const VgMap *map, const VgMap *expected)
{
  g_assert_cmpuint (vg_map_get_size (map), ==, vg_map_get_size (expected));
  for (guint64 i = 0; i < vg_map_get_n_blocks (map); i++)
    if (vg_map_is_data (map, i) != vg_map_is_data (expected, i))
      g_error ("block %" G_GUINT64_FORMAT " is %s", i,
               vg_map_is_data (map, i) ? "data" : "none");
}

static VgMap *
read_map (const char *socket, guint64 size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgNbd) nbd = vg_nbd_connect (socket, "", NULL, &error);
  VgMap *map = vg_map_new (size);

  g_assert_no_error (error);
  g_assert_cmpint (nbd_get_size (nbd), ==, (gint64) size);
  g_assert_true (vg_nbd_read_map (nbd, map, NULL, &error));
  g_assert_no_error (error);
  return map;
}

static VgBody *
open_reader (const char *socket, const VgMap *map, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  VgBody *body = vg_nbd_reader_new (socket, "", map, cancellable, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (body->length, ==, vg_map_get_data_bytes (map));
  return body;
}

/* A raw disk with data here and there, and its server. */
typedef struct {
  Workdir *dir;
  char *image, *socket;
  VgMap *map;  /* what is in the image */
  char *bytes; /* the image's */
  QemuServer *server;
} Fixture;

static void
set_up (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (qemu_is_missing ())
    return;
  fix->dir = workdir_new ();
  fix->image = workdir_path (fix->dir, "image");
  fix->socket = workdir_path (fix->dir, "socket");
  fix->map = random_map (SIZE, 7, 0.6);
  qemu_write_raw (fix->image, fix->map, 7);
  g_file_get_contents (fix->image, &fix->bytes, NULL, NULL);
  fix->server = qemu_server_new (fix->socket, fix->image, "raw", shared);
}

static void
tear_down (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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

/* Where on the disk somebody is who reads the blocks of a map. */
typedef struct {
  guint64 offset, end; /* the rest of a run */
} Place;

/* Compares n bytes with the image's at that place in map. */
static void
compare (const Fixture *fix, const VgMap *map, Place *place, const char *bytes,
         gsize n)
{
  for (gsize i = 0, part; i < n; i += part) {
    guint64 first, n_blocks;

    if (place->offset == place->end) {
      g_assert_true (vg_map_next_run (map, place->offset / VG_MAP_BLOCK_SIZE,
                                      &first, &n_blocks));
      place->offset = first * VG_MAP_BLOCK_SIZE;
      place->end = MIN (SIZE, (first + n_blocks) * VG_MAP_BLOCK_SIZE);
    }
    part = MIN (n - i, place->end - place->offset);
    g_assert_cmpmem (bytes + i, part, fix->bytes + place->offset, part);
    place->offset += part;
  }
}

/* Pulls up to limit bytes from place on, in reads of any size, and compares
 * them with the image's. Returns how many came. */
static guint64
pull (const Fixture *fix, VgBody *body, const VgMap *map, Place *place,
      guint64 limit, GError **error)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  g_autofree char *buffer = g_malloc (MIB);
  guint64 done = 0;

  while (done < limit) {
    gint32 most = g_rand_boolean (rand) ? 5000 : (gint32) MIB;
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

static void
pull_some (const Fixture *fix, VgBody *body, const VgMap *map, Place *place,
           guint64 limit)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (pull (fix, body, map, place, limit, &error), >=, limit);
  g_assert_no_error (error);
}

static void
pull_all (const Fixture *fix, VgBody *body, const VgMap *map)
{
  g_autoptr (GError) error = NULL;
  Place place = { 0 };
  guint64 n = pull (fix, body, map, &place, G_MAXUINT64, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, vg_map_get_data_bytes (map));
}

static void
test_bytes (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgMap) map = NULL;
  g_autoptr (VgBody) body = NULL;

  if (fix->dir == NULL)
    return;
  map = read_map (fix->socket, SIZE);
  assert_same_map (map, fix->map);
  body = open_reader (fix->socket, map, NULL);
  pull_all (fix, body, map);
}

/* What is read is what the map says, wherever data may be. */
static void
test_other_maps (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const double shares[] = { 0, 0.02, 0.5, 0.98, 1 };

  for (gsize i = 0; fix->dir != NULL && i < G_N_ELEMENTS (shares); i++) {
    g_autoptr (VgMap) map = random_map (SIZE, (guint32) i, shares[i]);
    g_autoptr (VgBody) body = open_reader (fix->socket, map, NULL);

    pull_all (fix, body, map);
  }
}

static void
test_rewind (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const guint64 parts[] = { 0, 1, MIB, SIZE / 2, SIZE };
  g_autoptr (VgMap) map = random_map (SIZE, 1, 0.97);
  g_autoptr (VgBody) body = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  body = open_reader (fix->socket, map, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
    Place place = { 0 };

    pull_some (fix, body, map, &place, MIN (parts[i], body->length));
    g_assert_true (vg_body_rewind (body, &error));
    g_assert_no_error (error);
  }
  pull_all (fix, body, map);
}

/* How many connections, of sockets of that path. */
static guint
count_connections (const char *socket)
{
  g_autofree char *text = NULL;
  g_autofree char *end = g_strconcat (socket, "\n", NULL);
  guint n = 0;

  g_file_get_contents ("/proc/net/unix", &text, NULL, NULL);
  /* Each accepted socket has the path too; state 03 is "connected". */
  for (char *line = strstr (text, end); line; line = strstr (line + 1, end)) {
    char *start = g_strrstr_len (text, line - text, "\n");

    if (strstr (start, " 03 ") != NULL && strstr (start, " 03 ") < line)
      n++;
  }
  return n;
}

static void
test_connections (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const alone[] = { "--read-only", NULL };
  VgBody *body;

  if (fix->dir == NULL)
    return;
  body = open_reader (fix->socket, fix->map, NULL);
  g_assert_cmpuint (count_connections (fix->socket), ==, 4);
  vg_body_free (body);

  /* One that doesn't promise that several see the same gets one. */
  qemu_server_free (fix->server);
  fix->server = qemu_server_new (fix->socket, fix->image, "raw", alone);
  body = open_reader (fix->socket, fix->map, NULL);
  g_assert_cmpuint (count_connections (fix->socket), ==, 1);
  pull_all (fix, body, fix->map);
  vg_body_free (body);
}

static void
test_cancelled (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  Place place = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (VgBody) body = NULL;
  g_autoptr (VgNbd) nbd = NULL;
  g_autoptr (VgMap) map = vg_map_new (SIZE);
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  body = open_reader (fix->socket, fix->map, cancellable);
  pull_some (fix, body, fix->map, &place, MIB);
  g_cancellable_cancel (cancellable);
  g_assert_cmpuint (pull (fix, body, fix->map, &place, SIZE, &error), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  nbd = vg_nbd_connect (fix->socket, "", NULL, &error);
  g_assert_no_error (error);
  g_assert_false (vg_nbd_read_map (nbd, map, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static gpointer
cancel_later (gpointer data)
{
  g_usleep (100000);
  g_cancellable_cancel (data);
  return NULL;
}

/* A server that doesn't answer any more doesn't keep us: the test would never
 * end. */
static void
test_cancelled_while_waiting (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  Place place = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  VgBody *body;
  GThread *thread;

  if (fix->dir == NULL)
    return;
  body = open_reader (fix->socket, fix->map, cancellable);
  qemu_server_stop (fix->server);
  thread = g_thread_new ("cancel", cancel_later, cancellable);
  pull (fix, body, fix->map, &place, SIZE, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  vg_body_free (body);
  g_thread_join (thread);
}

/* Nor does one that takes a connection and says nothing: waited for, it would
 * be VG_DISK_ERROR_OPEN. */
static void
test_cancelled_while_connecting (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GThread *thread;

  if (fix->dir == NULL)
    return;
  qemu_server_stop (fix->server);
  thread = g_thread_new ("cancel", cancel_later, cancellable);
  g_assert_null (vg_nbd_connect (fix->socket, "", cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (
      vg_nbd_reader_new (fix->socket, "", fix->map, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
}

static void
test_killed (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  Place place = { 0 };
  g_autoptr (VgBody) body = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  body = open_reader (fix->socket, fix->map, NULL);
  pull_some (fix, body, fix->map, &place, MIB);
  g_clear_pointer (&fix->server, qemu_server_free);
  g_assert_cmpuint (pull (fix, body, fix->map, &place, SIZE, &error), <,
                    SIZE / 2);
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_false (vg_body_rewind (body, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CLOSED);
  g_clear_error (&error);

  /* Another one that has the same is as good. */
  fix->server = qemu_server_new (fix->socket, fix->image, "raw", shared);
  g_assert_true (vg_body_rewind (body, &error));
  pull_all (fix, body, fix->map);
}

static void
test_killed_before_map (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgNbd) nbd = NULL;
  g_autoptr (VgMap) map = vg_map_new (SIZE);
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  nbd = vg_nbd_connect (fix->socket, "", NULL, &error);
  g_assert_no_error (error);
  g_clear_pointer (&fix->server, qemu_server_free);
  g_assert_false (vg_nbd_read_map (nbd, map, NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CLOSED);
}

static void
test_nobody (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  g_assert_null (vg_nbd_connect (fix->socket, "other", NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN);
  g_assert_nonnull (strstr (error->message, "'other'"));
  g_clear_error (&error);
  g_clear_pointer (&fix->server, qemu_server_free);
  g_assert_null (vg_nbd_connect (fix->socket, "", NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_null (vg_nbd_reader_new (fix->socket, "", fix->map, NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CLOSED);
}

/* Serves the fixture's image with one sector that can't be had. */
static void
spoil_sector (Fixture *fix, const char *io_type, guint64 offset)
{
  g_autofree char *name = g_strdup_printf (
      "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"blkdebug\","
      "\"image\":{\"driver\":\"file\",\"filename\":\"%s\"},"
      "\"inject-error\":[{\"event\":\"none\",\"iotype\":\"%s\","
      "\"errno\":5,\"sector\":%d}]}}",
      fix->image, io_type, (int) (offset / 512));

  qemu_server_free (fix->server);
  fix->server = qemu_server_new (fix->socket, name, NULL, shared);
}

static GError *
pull_spoilt (const Fixture *fix, guint64 offset)
{
  g_autoptr (VgMap) map = random_map (SIZE, 1, 1);
  g_autoptr (VgBody) body = open_reader (fix->socket, map, NULL);
  GError *error = NULL;
  Place place = { 0 };

  g_assert_cmpuint (pull (fix, body, map, &place, SIZE, &error), <=, offset);
  return error;
}

/* A sector that can't be read is an error, and no zeroes. */
static void
test_bad_sector (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  spoil_sector (fix, "block-status", 20 * MIB);
  error = pull_spoilt (fix, 20 * MIB);
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_READ);
  g_assert_nonnull (strstr (error->message, "offset 20971520 failed: "));
}

/* In the middle of an answer, QEMU can only close the connection. That of
 * another request may be what is noticed first. */
static void
test_cut_off (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  spoil_sector (fix, "read", 4 * MIB);
  for (int i = 0; i < 50; i++) {
    g_autoptr (GError) error = pull_spoilt (fix, 4 * MIB);

    g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CLOSED);
  }
}

static const char *const writes[] = {
  "write -P 1 0 1M",       "write -P 2 3M 200k", "write -z 5M 1M",
  "write -P 3 5300k 10k",  "discard 0 128k",     "write -P 4 9M 1",
  "write -c -P 5 12M 64k", "write -P 0 13M 64k", "write -P 6 4294900000 200k",
  "write -P 7 5G 3M",      "write -z -u 5G 1M",
};

/* An overlay has holes, zeroes and data of its own, and those of its base. */
static void
test_map_of_qcow2 (void)
{
  g_autoptr (Workdir) dir = NULL;
  g_autofree char *base = NULL, *top = NULL, *socket = NULL;
  g_autoptr (QemuServer) server = NULL;
  g_autoptr (VgMap) map = NULL, expected = NULL;
  guint64 size = 6 * 1024 * MIB;

  if (qemu_is_missing ())
    return;
  dir = workdir_new ();
  base = workdir_path (dir, "base");
  top = workdir_path (dir, "top");
  socket = workdir_path (dir, "socket");
  g_free (qemu_run ("qemu-img", "create", "-f", "qcow2", base, "5G", NULL));
  g_free (qemu_run ("qemu-io", "-f", "qcow2", "-c", "write -P 9 0 2M", "-c",
                    "write -P 9 5M 2M", "-c", "write -P 9 4G 1M", base, NULL));
  g_free (qemu_run ("qemu-img", "create", "-f", "qcow2", "-b", base, "-F",
                    "qcow2", top, "6G", NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (writes); i++)
    g_free (qemu_run ("qemu-io", "-f", "qcow2", "-c", writes[i], top, NULL));
  expected = qemu_read_map (top, "qcow2", size);
  server = qemu_server_new (socket, top, "qcow2", shared);
  map = read_map (socket, size);
  assert_same_map (map, expected);
  g_assert_cmpuint (vg_map_get_data_bytes (map), >, 4 * MIB);
  g_assert_cmpuint (vg_map_get_data_bytes (map), <, 16 * MIB);
}

/* Sizes at which arithmetic ends. */
static void
test_map_of_sizes (void)
{
  static const guint64 sizes[] = {
    512, 65536, 65536 + 512, 2048 * MIB, 2048 * MIB + 512, (guint64) 8 << 40
  };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (Workdir) dir = NULL;
    g_autofree char *image = NULL, *socket = NULL;
    g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, sizes[i]);
    g_autofree char *last = g_strdup_printf (
        "write -P 1 %" G_GUINT64_FORMAT " 512", sizes[i] - 512);
    g_autoptr (QemuServer) server = NULL;
    g_autoptr (VgMap) map = NULL;

    if (qemu_is_missing ())
      return;
    dir = workdir_new ();
    image = workdir_path (dir, "image");
    socket = workdir_path (dir, "socket");
    g_free (qemu_run ("qemu-img", "create", "-f", "qcow2", image, size, NULL));
    g_free (qemu_run ("qemu-io", "-f", "qcow2", "-c", last, image, NULL));
    server = qemu_server_new (socket, image, "qcow2", shared);
    map = read_map (socket, sizes[i]);
    g_assert_cmpuint (vg_map_get_n_data_blocks (map), ==, 1);
    g_assert_true (vg_map_is_data (map, vg_map_get_n_blocks (map) - 1));
  }
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/reader/bytes", test_bytes);
  add ("/reader/other-maps", test_other_maps);
  add ("/reader/rewind", test_rewind);
  add ("/reader/connections", test_connections);
  add ("/reader/cancelled", test_cancelled);
  add ("/reader/cancelled-while-waiting", test_cancelled_while_waiting);
  add ("/reader/cancelled-while-connecting", test_cancelled_while_connecting);
  add ("/reader/killed", test_killed);
  add ("/reader/killed-before-map", test_killed_before_map);
  add ("/reader/nobody", test_nobody);
  add ("/reader/bad-sector", test_bad_sector);
  add ("/reader/cut-off", test_cut_off);
  g_test_add_func ("/map/qcow2", test_map_of_qcow2);
  g_test_add_func ("/map/sizes", test_map_of_sizes);
  return g_test_run ();
}

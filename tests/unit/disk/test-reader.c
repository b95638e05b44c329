/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading an NBD export, of a real qemu-nbd: its map and its bytes. */
#include <string.h>

#include "lib/reader-fixture.h"

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

static void
test_bytes (ReaderFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgMap) map = NULL;
  g_autoptr (VgBody) body = NULL;

  if (fix->dir == NULL)
    return;
  map = read_map (fix->socket, READER_SIZE);
  assert_same_map (map, fix->map);
  body = reader_open (fix->socket, map, NULL);
  reader_pull_all (fix, body, map);
}

/* What is read is what the map says, wherever data may be. */
static void
test_other_maps (ReaderFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const double shares[] = { 0, 0.02, 0.5, 0.98, 1 };

  for (gsize i = 0; fix->dir != NULL && i < G_N_ELEMENTS (shares); i++) {
    g_autoptr (VgMap) map =
        reader_random_map (READER_SIZE, (guint32) i, shares[i]);
    g_autoptr (VgBody) body = reader_open (fix->socket, map, NULL);

    reader_pull_all (fix, body, map);
  }
}

static VgBody *
open_idle (const ReaderFixture *fix, GPtrArray *idle, const VgMap *map)
{
  g_autoptr (GError) error = NULL;
  VgBody *body = vg_nbd_reader_new (fix->socket, "", idle, map, NULL, &error);

  g_assert_no_error (error);
  return body;
}

/* A reader that has read all leaves its connections to the next one; one that
 * was broken off leaves none on which something is still to come. */
static void
test_idle (ReaderFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GPtrArray) idle = vg_nbd_idle_new ();
  g_autoptr (VgMap) map = reader_random_map (READER_SIZE, 3, 0.9);
  VgNbd *first = NULL;

  if (fix->dir == NULL)
    return;
  for (guint n = 0; n < 3; n++) {
    VgBody *body = open_idle (fix, idle, map);

    g_assert_cmpuint (idle->len, ==, 0);
    reader_pull_all (fix, body, map);
    vg_body_free (body);
    g_assert_cmpuint (idle->len, >, 0);
    g_assert_true (n == 0 || idle->pdata[0] == first
                   || idle->pdata[idle->len - 1] == first);
    first = idle->pdata[0];
  }
  for (guint n = 0; n < 3; n++) {
    VgBody *body = open_idle (fix, idle, map);
    ReaderPlace place = { 0 };

    reader_pull_some (fix, body, map, &place, n * READER_MIB);
    vg_body_free (body);
    for (guint i = 0; i < idle->len; i++)
      g_assert_cmpint (nbd_aio_in_flight (idle->pdata[i]), ==, 0);
  }
}

static void
test_rewind (ReaderFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const guint64 parts[] = { 0, 1, READER_MIB, READER_SIZE / 2,
                                   READER_SIZE };
  g_autoptr (VgMap) map = reader_random_map (READER_SIZE, 1, 0.97);
  g_autoptr (VgBody) body = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  body = reader_open (fix->socket, map, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
    ReaderPlace place = { 0 };

    reader_pull_some (fix, body, map, &place, MIN (parts[i], body->length));
    g_assert_true (vg_body_rewind (body, &error));
    g_assert_no_error (error);
  }
  reader_pull_all (fix, body, map);
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
test_connections (ReaderFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const alone[] = { "--read-only", NULL };
  VgBody *body;

  if (fix->dir == NULL)
    return;
  body = reader_open (fix->socket, fix->map, NULL);
  g_assert_cmpuint (count_connections (fix->socket), ==, 4);
  vg_body_free (body);

  /* One that doesn't promise that several see the same gets one. */
  qemu_server_free (fix->server);
  fix->server = qemu_server_new (fix->socket, fix->image, "raw", alone);
  body = reader_open (fix->socket, fix->map, NULL);
  g_assert_cmpuint (count_connections (fix->socket), ==, 1);
  reader_pull_all (fix, body, fix->map);
  vg_body_free (body);
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
  guint64 size = 6 * 1024 * READER_MIB;

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
  server = qemu_server_new (socket, top, "qcow2", reader_shared);
  map = read_map (socket, size);
  assert_same_map (map, expected);
  g_assert_cmpuint (vg_map_get_data_bytes (map), >, 4 * READER_MIB);
  g_assert_cmpuint (vg_map_get_data_bytes (map), <, 16 * READER_MIB);
}

/* Sizes at which arithmetic ends. */
static void
test_map_of_sizes (void)
{
  static const guint64 sizes[] = { 512,
                                   65536,
                                   65536 + 512,
                                   2048 * READER_MIB,
                                   2048 * READER_MIB + 512,
                                   (guint64) 8 << 40 };

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
    server = qemu_server_new (socket, image, "qcow2", reader_shared);
    map = read_map (socket, sizes[i]);
    g_assert_cmpuint (vg_map_get_n_data_blocks (map), ==, 1);
    g_assert_true (vg_map_is_data (map, vg_map_get_n_blocks (map) - 1));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  reader_fixture_add ("/reader/bytes", test_bytes);
  reader_fixture_add ("/reader/other-maps", test_other_maps);
  reader_fixture_add ("/reader/idle", test_idle);
  reader_fixture_add ("/reader/rewind", test_rewind);
  reader_fixture_add ("/reader/connections", test_connections);
  g_test_add_func ("/map/qcow2", test_map_of_qcow2);
  g_test_add_func ("/map/sizes", test_map_of_sizes);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Snapshots of RBD images as disks: what of them is data, and the bytes.
 * Without Ceph: see lib/fake-rbd.h. */
#include <gio/gio.h>
#include <string.h>

#include "lib/rbd-fixture.h"

#define SIZE ((guint64) 9000449)

static VgDisk *
open_disk (RbdFixture *fix, const char *image)
{
  g_autoptr (GError) error = NULL;
  VgDisk *disk = vg_rbd_disk_open (fix->cluster, image, RBD_SNAPSHOT, &error);

  g_assert_no_error (error);
  return disk;
}

static VgMap *
read_map (VgDisk *disk)
{
  g_autoptr (GError) error = NULL;
  VgMap *map = vg_disk_read_map (disk, NULL, &error);

  g_assert_no_error (error);
  return map;
}

static VgBody *
open_data (VgDisk *disk, const VgMap *map)
{
  g_autoptr (GError) error = NULL;
  VgBody *body = vg_disk_open_data (disk, map, NULL, &error);

  g_assert_no_error (error);
  return body;
}

/* Reads the body to its end, in pieces of n bytes, to where the map says. */
static void
read_into (VgBody *body, const VgMap *map, guint8 *bytes, guint64 size, gsize n)
{
  g_autoptr (GError) error = NULL;
  guint64 first = 0, n_blocks = 0, done = 0;

  while (vg_map_next_run (map, first + n_blocks, &first, &n_blocks)) {
    guint64 at = first * VG_MAP_BLOCK_SIZE;
    guint64 end = MIN (size, (first + n_blocks) * VG_MAP_BLOCK_SIZE);

    while (at < end) {
      gssize got = vg_body_read (body, bytes + at, MIN (n, end - at), &error);

      g_assert_no_error (error);
      g_assert_cmpint (got, >, 0);
      at += (guint64) got;
      done += (guint64) got;
    }
  }
  g_assert_cmpuint (done, ==, body->length);
  g_assert_cmpint (vg_body_read (body, bytes, 1, &error), ==, 0);
  g_assert_no_error (error);
}

/* The disk's bytes are the snapshot's, and at most so many are data. */
static void
compare (RbdFixture *fix, const char *image, guint64 most)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDisk) disk = open_disk (fix, image);
  g_autoptr (VgMap) map = read_map (disk);
  g_autoptr (VgBody) body = open_data (disk, map);
  gsize size;
  g_autofree guint8 *expected =
      fake_rbd_export (RBD_HOST, image, RBD_SNAPSHOT, &size);

  g_assert_cmpuint (disk->size, ==, size);
  g_assert_cmpuint (vg_map_get_data_bytes (map), <=, most);
  for (int i = 0; i < 2; i++) {
    g_autofree guint8 *bytes = g_malloc0 (size);

    read_into (body, map, bytes, size, i == 0 ? RBD_MIB : 7001);
    g_assert_true (memcmp (bytes, expected, size) == 0);
    RBD_OK (vg_body_rewind (body, &error));
  }
  RBD_OK (vg_disk_check (disk, &error));
}

/* Bytes here and there; what comes later is not of the snapshot. */
static void
fill (void)
{
  fake_rbd_fill (RBD_HOST, RBD_IMAGE, 0, 70000, 1);
  fake_rbd_fill (RBD_HOST, RBD_IMAGE, RBD_MIB, 3 * RBD_MIB + 500, 2);
  fake_rbd_fill (RBD_HOST, RBD_IMAGE, 2 * RBD_MIB, RBD_MIB, 0);
  fake_rbd_fill (RBD_HOST, RBD_IMAGE, 6 * RBD_MIB + 4095, 2, 3);
  fake_rbd_fill (RBD_HOST, RBD_IMAGE, SIZE - 1, 1, 4);
}

#define DATA (3 * RBD_MIB)

static void
test_stream (RbdFixture *fix, gconstpointer data)
{
  fake_rbd_new_image (RBD_HOST, RBD_IMAGE, SIZE, RBD_ORDER,
                      GPOINTER_TO_UINT (data));
  fill ();
  rbd_fixture_take (fix);
  fake_rbd_fill (RBD_HOST, RBD_IMAGE, 0, SIZE, 9);
  fake_rbd_forget_log ();
  compare (fix, RBD_IMAGE, DATA);
  if (GPOINTER_TO_UINT (data) == RBD_ALL)
    g_assert_cmpuint (fake_rbd_count ("rbd_diff_iterate2 whole"), ==, 1);
  else
    g_assert_cmpuint (fake_rbd_count ("rbd_diff_iterate2 whole"), ==, 0);
}

/* An object map that is marked as wrong is not believed. */
static void
test_stream_invalid_map (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  rbd_fixture_make_image (SIZE, RBD_LOCKED);
  fill ();
  rbd_fixture_take (fix);
  fake_rbd_faults ("rbd_rebuild_object_map * EIO\n");
  vg_rbd_restore_maps (fix->cluster, RBD_IMAGE);
  fake_rbd_faults (NULL);
  fake_rbd_forget_log ();
  compare (fix, RBD_IMAGE, DATA);
  g_assert_cmpuint (fake_rbd_count ("rbd_diff_iterate2 whole"), ==, 0);
  g_assert_cmpuint (fake_rbd_count ("rbd_diff_iterate2 exact"), ==, 1);
}

/* What an image is like can't be told: then it is looked at closely. */
static void
test_stream_unknown_map (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const faults[] = { "rbd_get_features 1 EIO\n",
                                        "rbd_get_flags 1 EIO\n" };

  rbd_fixture_make_image (SIZE, RBD_ALL);
  fill ();
  rbd_fixture_take (fix);
  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++) {
    fake_rbd_faults (faults[i]);
    fake_rbd_forget_log ();
    compare (fix, RBD_IMAGE, DATA);
    g_assert_cmpuint (fake_rbd_count ("rbd_diff_iterate2 whole"), ==, 0);
  }
}

/* A clone has its own bytes, its parent's, and zeroes instead of these. */
static void
test_stream_clone (RbdFixture *fix, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  VgRbdCloning cloning = { .format = 2, .resumable = data != NULL };

  rbd_fixture_make_image (SIZE, RBD_ALL);
  fill ();
  rbd_fixture_take (fix);
  RBD_OK (vg_rbd_clone (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, RBD_CLONE,
                        &cloning, &error));
  fake_rbd_resize (RBD_HOST, RBD_CLONE, 12 * RBD_MIB);
  fake_rbd_fill (RBD_HOST, RBD_CLONE, RBD_MIB + 100, 1000, 5);
  fake_rbd_fill (RBD_HOST, RBD_CLONE, 3 * RBD_MIB, RBD_MIB, 0);
  fake_rbd_fill (RBD_HOST, RBD_CLONE, 11 * RBD_MIB, RBD_MIB, 6);
  RBD_OK (vg_rbd_snap_create (fix->cluster, RBD_CLONE, RBD_SNAPSHOT, &error));
  compare (fix, RBD_CLONE, 3 * RBD_MIB);
}

/* Shrunk and grown: no old bytes come back. */
static void
test_stream_resized (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  rbd_fixture_make_image (SIZE, RBD_ALL);
  fake_rbd_fill (RBD_HOST, RBD_IMAGE, 0, SIZE, 1);
  fake_rbd_resize (RBD_HOST, RBD_IMAGE, 1234567);
  fake_rbd_resize (RBD_HOST, RBD_IMAGE, SIZE);
  rbd_fixture_take (fix);
  compare (fix, RBD_IMAGE, 2 * RBD_MIB);
}

/* More than is looked at in one go. */
static void
test_stream_empty (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  fake_rbd_new_image (RBD_HOST, RBD_IMAGE, (guint64) 100 << 30, 26, RBD_ALL);
  fake_rbd_fill (RBD_HOST, RBD_IMAGE, ((guint64) 70 << 30) + 5, 10, 8);
  rbd_fixture_take (fix);
  fake_rbd_forget_log ();
  {
    g_autoptr (VgDisk) disk = open_disk (fix, RBD_IMAGE);
    g_autoptr (VgMap) map = read_map (disk);
    g_autoptr (VgBody) body = open_data (disk, map);

    g_assert_cmpuint (body->length, ==, VG_MAP_BLOCK_SIZE);
    g_assert_cmpuint (fake_rbd_count ("rbd_diff_iterate2 whole"), ==, 2);
    g_assert_cmpuint (fake_rbd_count ("rbd_diff_iterate2 exact"), ==, 1);
  }
}

/* ---- Errors */

static void
test_cancelled (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *buffer = g_malloc (RBD_MIB);
  g_autoptr (VgDisk) disk = NULL;
  g_autoptr (VgMap) map = NULL, none = NULL;
  g_autoptr (VgBody) body = NULL;

  rbd_fixture_make_image (SIZE, GPOINTER_TO_UINT (data));
  fake_rbd_fill (RBD_HOST, RBD_IMAGE, 0, SIZE, 1);
  rbd_fixture_take (fix);
  disk = open_disk (fix, RBD_IMAGE);
  map = vg_disk_read_map (disk, cancellable, &error);
  body = vg_disk_open_data (disk, map, cancellable, &error);
  g_assert_no_error (error);
  g_assert_cmpint (vg_body_read (body, buffer, RBD_MIB, &error), >, 0);
  g_cancellable_cancel (cancellable);
  g_assert_cmpint (vg_body_read (body, buffer, RBD_MIB, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  none = vg_disk_read_map (disk, cancellable, &error);
  g_assert_null (none);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_open_errors (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *fault;
    VgDiskError code;
    const char *words;
  } cases[] = {
    { "rbd_get_size 1 ETIMEDOUT\n", VG_DISK_ERROR_UNREACHABLE,
      "reading snapshot now of RBD image vms/disk at offset 0 failed" },
    { "rbd_snap_get_id 1 EIO\n", VG_DISK_ERROR_READ,
      "reading snapshot now of RBD image vms/disk at offset 0 failed" },
    { "rbd_snap_set 1 ENOENT\n", VG_DISK_ERROR_MISSING, "snapshot now" },
    { "rbd_open_read_only 1 EPERM\n", VG_DISK_ERROR_DENIED, "client.nova" },
  };
  g_autoptr (GError) error = NULL;

  g_assert_null (
      vg_rbd_disk_open (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_MISSING, "RBD image vms/disk");
  rbd_fixture_make_image (SIZE, RBD_ALL);
  g_assert_null (
      vg_rbd_disk_open (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_MISSING, "snapshot now of");
  rbd_fixture_take (fix);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    fake_rbd_faults (cases[i].fault);
    g_assert_null (
        vg_rbd_disk_open (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
    rbd_assert_error (&error, cases[i].code, cases[i].words);
  }
}

static void
test_map_errors (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDisk) disk = NULL;

  rbd_fixture_make_image (SIZE, RBD_ALL);
  fake_rbd_fill (RBD_HOST, RBD_IMAGE, 2 * RBD_MIB, RBD_MIB, 1);
  rbd_fixture_take (fix);
  disk = open_disk (fix, RBD_IMAGE);
  fake_rbd_faults ("rbd_diff_iterate2 1 ETIMEDOUT\n");
  g_assert_null (vg_disk_read_map (disk, NULL, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_UNREACHABLE, "at offset 0 failed");
  fake_rbd_faults ("rbd_diff_iterate2 2 EIO\n");
  g_assert_null (vg_disk_read_map (disk, NULL, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_READ, "at offset 2097152 failed");
}

static void
test_read_errors (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *fault;
    VgDiskError code;
    const char *words;
  } cases[] = {
    { "rbd_aio_create_completion 1 ENOMEM\n", VG_DISK_ERROR_READ,
      "at offset 0 failed: Cannot allocate memory" },
    { "rbd_aio_read 2 ESHUTDOWN\n", VG_DISK_ERROR_UNREACHABLE,
      "at offset 1048576 failed" },
    { "rbd_aio_read_result * EIO\n", VG_DISK_ERROR_READ,
      "at offset 0 failed: Input/output error" },
    { "rbd_aio_read_result * ETIMEDOUT\n", VG_DISK_ERROR_UNREACHABLE,
      "the Ceph cluster did not answer in time" },
    { "rbd_aio_read_result * =100\n", VG_DISK_ERROR_READ,
      "at offset 0 failed: Input/output error" },
    { "rbd_poll_io_events 1 EINVAL\n", VG_DISK_ERROR_READ,
      "at offset 0 failed: Invalid argument" },
  };
  g_autofree guint8 *buffer = g_malloc (SIZE);
  g_autoptr (VgDisk) disk = NULL;
  g_autoptr (VgMap) map = NULL;

  rbd_fixture_make_image (SIZE, RBD_ALL);
  fake_rbd_fill (RBD_HOST, RBD_IMAGE, 0, SIZE, 1);
  rbd_fixture_take (fix);
  disk = open_disk (fix, RBD_IMAGE);
  map = read_map (disk);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (VgBody) body = open_data (disk, map);

    fake_rbd_faults (cases[i].fault);
    g_assert_cmpint (vg_body_read (body, buffer, RBD_MIB, &error), ==, -1);
    rbd_assert_error (&error, cases[i].code, cases[i].words);
    /* From the beginning it can be read again. */
    fake_rbd_faults (NULL);
    RBD_OK (vg_body_rewind (body, &error));
    read_into (body, map, buffer, SIZE, RBD_MIB);
    g_assert_cmpuint (buffer[SIZE - 1], ==, 1);
  }
}

/* More than is asked for at a time. */
#define LARGE (24 * RBD_MIB)

/* Rewound in the middle: no piece that was under way comes later. */
static void
test_rewind (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree guint8 *buffer = g_malloc (LARGE);
  g_autoptr (VgDisk) disk = NULL;
  g_autoptr (VgMap) map = NULL;
  g_autoptr (VgBody) body = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;
  g_autofree guint8 *expected = NULL;

  fake_rbd_new_image (RBD_HOST, RBD_IMAGE, LARGE, 20, RBD_ALL);
  for (guint i = 0; i < LARGE / RBD_MIB; i++)
    fake_rbd_fill (RBD_HOST, RBD_IMAGE, i * RBD_MIB, RBD_MIB, (guint8) i + 1);
  rbd_fixture_take (fix);
  expected = fake_rbd_export (RBD_HOST, RBD_IMAGE, RBD_SNAPSHOT, &size);
  disk = open_disk (fix, RBD_IMAGE);
  map = read_map (disk);
  body = open_data (disk, map);
  for (guint i = 1; i < 4; i++) {
    g_assert_cmpint (vg_body_read (body, buffer, i * 1000, &error), >, 0);
    /* Those that come next are asked for, and are under way. */
    fake_rbd_faults ("rbd_poll_io_events 1 ETIMEDOUT\n");
    while (vg_body_read (body, buffer, RBD_MIB, &error) > 0)
      continue;
    rbd_assert_error (&error, VG_DISK_ERROR_UNREACHABLE, "failed");
    RBD_OK (vg_body_rewind (body, &error));
  }
  read_into (body, map, buffer, size, 12345);
  g_assert_true (memcmp (buffer, expected, size) == 0);
  /* One that can't be, says so. */
  RBD_OK (vg_body_rewind (body, &error));
  fake_rbd_faults ("rbd_poll_io_events * EINVAL\n");
  g_assert_cmpint (vg_body_read (body, buffer, RBD_MIB, &error), ==, -1);
  g_clear_error (&error);
  g_assert_false (vg_body_rewind (body, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_READ, "failed: Invalid argument");
  fake_rbd_faults (NULL);
  RBD_OK (vg_body_rewind (body, &error));
}

static void
test_open_data_errors (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const struct {
    const char *fault;
    VgDiskError code;
  } cases[] = {
    { "rbd_open_read_only 1 ETIMEDOUT\n", VG_DISK_ERROR_UNREACHABLE },
    { "rbd_snap_set 1 ENOENT\n", VG_DISK_ERROR_MISSING },
    { "rbd_set_image_notification 1 EINVAL\n", VG_DISK_ERROR_READ },
  };
  g_autoptr (VgDisk) disk = NULL;
  g_autoptr (VgMap) map = NULL;

  rbd_fixture_make_image (SIZE, RBD_ALL);
  rbd_fixture_take (fix);
  disk = open_disk (fix, RBD_IMAGE);
  map = read_map (disk);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    fake_rbd_faults (cases[i].fault);
    g_assert_null (vg_disk_open_data (disk, map, NULL, &error));
    rbd_assert_error (&error, cases[i].code, "RBD image vms/disk");
  }
}

/* ---- Whether it is of one instant */

static void
test_gone (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDisk) disk = NULL;

  rbd_fixture_make_image (SIZE, RBD_ALL);
  rbd_fixture_take (fix);
  disk = open_disk (fix, RBD_IMAGE);
  RBD_OK (vg_disk_check (disk, &error));
  /* It can't be told. */
  fake_rbd_faults ("rbd_open_read_only 1 ETIMEDOUT\n");
  g_assert_false (vg_disk_check (disk, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_UNREACHABLE, "can't be opened");
  fake_rbd_faults (NULL);
  /* Another one of the same name. */
  RBD_OK (vg_rbd_snap_remove (fix->cluster, RBD_IMAGE, RBD_SNAPSHOT, &error));
  g_assert_false (vg_disk_check (disk, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_GONE,
                    "snapshot now of RBD image vms/disk was removed");
  rbd_fixture_take (fix);
  g_assert_false (vg_disk_check (disk, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_GONE, "was removed");
  /* The image too. */
  RBD_OK (vg_rbd_remove (fix->cluster, RBD_IMAGE, &error));
  g_assert_false (vg_disk_check (disk, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_GONE, "was removed");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  rbd_fixture_add ("/rbd-stream/fast-diff", GUINT_TO_POINTER (RBD_ALL),
                   test_stream);
  rbd_fixture_add ("/rbd-stream/no-fast-diff", GUINT_TO_POINTER (RBD_PLAIN),
                   test_stream);
  rbd_fixture_add ("/rbd-stream/invalid-map", NULL, test_stream_invalid_map);
  rbd_fixture_add ("/rbd-stream/unknown-map", NULL, test_stream_unknown_map);
  rbd_fixture_add ("/rbd-stream/clone", NULL, test_stream_clone);
  rbd_fixture_add ("/rbd-stream/clone-without-map", "", test_stream_clone);
  rbd_fixture_add ("/rbd-stream/resized", NULL, test_stream_resized);
  rbd_fixture_add ("/rbd-stream/empty", NULL, test_stream_empty);
  rbd_fixture_add ("/rbd-stream/cancelled", GUINT_TO_POINTER (RBD_ALL),
                   test_cancelled);
  rbd_fixture_add ("/rbd-stream/cancelled-exact", GUINT_TO_POINTER (RBD_PLAIN),
                   test_cancelled);
  rbd_fixture_add ("/rbd-stream/errors/open", NULL, test_open_errors);
  rbd_fixture_add ("/rbd-stream/errors/map", NULL, test_map_errors);
  rbd_fixture_add ("/rbd-stream/errors/read", NULL, test_read_errors);
  rbd_fixture_add ("/rbd-stream/errors/open-data", NULL, test_open_data_errors);
  rbd_fixture_add ("/rbd-stream/rewind", NULL, test_rewind);
  rbd_fixture_add ("/rbd-stream/gone", NULL, test_gone);
  return g_test_run ();
}

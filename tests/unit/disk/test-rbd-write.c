/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* New RBD images that are written. Without Ceph: see lib/fake-rbd.h. */
#include <string.h>

#include "lib/rbd-fixture.h"

#define IMAGE "vms/new"
#define SIZE (9 * RBD_MIB + 5)

/* Noise, with a hole of some objects. */
static char *
make_bytes (void)
{
  char *bytes = g_malloc0 (SIZE);

  for (guint64 i = 0; i < SIZE; i++)
    if (i < RBD_MIB || i > 8 * RBD_MIB + 3)
      bytes[i] = (char) (i * 7 + i / 251 + 1);
  return bytes;
}

static void
write_all (VgRbdWriter *writer, const char *bytes, gsize part)
{
  g_autoptr (GError) error = NULL;

  for (guint64 at = 0; at < SIZE; at += part)
    RBD_OK (vg_rbd_writer_write (writer, at, bytes + at, MIN (part, SIZE - at),
                                 &error));
}

static void
assert_bytes (const char *bytes)
{
  gsize length;
  g_autofree guint8 *got = fake_rbd_export (RBD_HOST, IMAGE, NULL, &length);

  g_assert_cmpmem (got, length, bytes, SIZE);
}

static void
test_write (RbdFixture *fix, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = make_bytes ();
  VgRbdWriter *writer = vg_rbd_writer_new (fix->cluster, IMAGE, SIZE, &error);

  g_assert_no_error (error);
  write_all (writer, bytes, GPOINTER_TO_UINT (data));
  RBD_OK (vg_rbd_writer_finish (writer, &error));
  vg_rbd_writer_free (writer);
  assert_bytes (bytes);
  /* The second of three objects is all zero. */
  g_assert_cmpuint (fake_rbd_count ("rbd_aio_write"), ==, 2);
}

static void
test_holes (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = make_bytes ();
  const guint64 second = 8 * RBD_MIB + 3;
  VgRbdWriter *writer = vg_rbd_writer_new (fix->cluster, IMAGE, SIZE, &error);

  RBD_OK (vg_rbd_writer_write (writer, 0, bytes, RBD_MIB, &error));
  RBD_OK (vg_rbd_writer_write (writer, second, bytes + second, SIZE - second,
                               &error));
  RBD_OK (vg_rbd_writer_finish (writer, &error));
  vg_rbd_writer_free (writer);
  assert_bytes (bytes);
}

static void
test_restart (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = make_bytes ();
  g_autofree char *others = g_malloc (SIZE);
  VgRbdWriter *writer = vg_rbd_writer_new (fix->cluster, IMAGE, SIZE, &error);

  memset (others, 'x', SIZE);
  write_all (writer, others, RBD_MIB);
  RBD_OK (vg_rbd_writer_restart (writer, &error));
  write_all (writer, bytes, RBD_MIB);
  RBD_OK (vg_rbd_writer_finish (writer, &error));
  vg_rbd_writer_free (writer);
  assert_bytes (bytes);
}

static void
test_errors (RbdFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgCluster) reader = rbd_fixture_connect ("reader");
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = make_bytes ();
  VgRbdWriter *writer;

  g_assert_null (vg_rbd_writer_new (reader, IMAGE, SIZE, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_DENIED, "vms/new can't be created");
  fake_rbd_faults ("rbd_open 1 EIO\n");
  g_assert_null (vg_rbd_writer_new (fix->cluster, IMAGE, SIZE, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_OPEN, "vms/new can't be opened");
  fake_rbd_faults (NULL);
  g_assert_null (vg_rbd_writer_new (fix->cluster, IMAGE, SIZE, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_EXISTS, "there is one already");
  RBD_OK (vg_rbd_remove (fix->cluster, IMAGE, &error));
  writer = vg_rbd_writer_new (fix->cluster, IMAGE, SIZE, &error);
  g_assert_false (vg_rbd_writer_write (writer, SIZE - 1, bytes, 2, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_OPEN, "too large");
  /* That it failed is known later. */
  fake_rbd_faults ("rbd_aio_write_result 1 ENOSPC\n");
  write_all (writer, bytes, SIZE);
  g_assert_false (vg_rbd_writer_finish (writer, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_FULL, "vms/new can't be written");
  fake_rbd_faults ("rbd_flush 1 ETIMEDOUT\n");
  g_assert_false (vg_rbd_writer_finish (writer, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_UNREACHABLE, "can't be written");
  fake_rbd_faults ("rbd_resize 2 EIO\n");
  g_assert_false (vg_rbd_writer_restart (writer, &error));
  rbd_assert_error (&error, VG_DISK_ERROR_OPEN, "can't be written");
  vg_rbd_writer_free (writer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  rbd_fixture_add ("/rbd-write/megabytes", GUINT_TO_POINTER (1 << 20),
                   test_write);
  rbd_fixture_add ("/rbd-write/odd", GUINT_TO_POINTER (300007), test_write);
  rbd_fixture_add ("/rbd-write/at-once", GUINT_TO_POINTER (SIZE), test_write);
  rbd_fixture_add ("/rbd-write/holes", NULL, test_holes);
  rbd_fixture_add ("/rbd-write/restart", NULL, test_restart);
  rbd_fixture_add ("/rbd-write/errors", NULL, test_errors);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading an NBD export that fails, goes, or whose reading is cancelled. */
#include <string.h>

#include "lib/reader-fixture.h"

static void
test_cancelled (ReaderFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  ReaderPlace place = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (VgBody) body = NULL;
  g_autoptr (VgNbd) nbd = NULL;
  g_autoptr (VgMap) map = vg_map_new (READER_SIZE);
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  body = reader_open (fix->socket, fix->map, cancellable);
  reader_pull_some (fix, body, fix->map, &place, READER_MIB);
  g_cancellable_cancel (cancellable);
  g_assert_cmpuint (
      reader_pull (fix, body, fix->map, &place, READER_SIZE, &error), ==, 0);
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
test_cancelled_while_waiting (ReaderFixture *fix,
                              gconstpointer data G_GNUC_UNUSED)
{
  ReaderPlace place = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  VgBody *body;
  GThread *thread;

  if (fix->dir == NULL)
    return;
  body = reader_open (fix->socket, fix->map, cancellable);
  qemu_server_stop (fix->server);
  thread = g_thread_new ("cancel", cancel_later, cancellable);
  reader_pull (fix, body, fix->map, &place, READER_SIZE, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  vg_body_free (body);
  g_thread_join (thread);
}

/* Nor does one that takes a connection and says nothing: waited for, it would
 * be VG_DISK_ERROR_OPEN. */
static void
test_cancelled_while_connecting (ReaderFixture *fix,
                                 gconstpointer data G_GNUC_UNUSED)
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
      vg_nbd_reader_new (fix->socket, "", NULL, fix->map, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_thread_join (thread);
}

static void
test_killed (ReaderFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  ReaderPlace place = { 0 };
  g_autoptr (VgBody) body = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  body = reader_open (fix->socket, fix->map, NULL);
  reader_pull_some (fix, body, fix->map, &place, READER_MIB);
  g_clear_pointer (&fix->server, qemu_server_free);
  g_assert_cmpuint (
      reader_pull (fix, body, fix->map, &place, READER_SIZE, &error), <,
      READER_SIZE / 2);
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CLOSED);
  g_clear_error (&error);
  g_assert_false (vg_body_rewind (body, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CLOSED);
  g_clear_error (&error);

  /* Another one that has the same is as good. */
  fix->server = qemu_server_new (fix->socket, fix->image, "raw", reader_shared);
  g_assert_true (vg_body_rewind (body, &error));
  reader_pull_all (fix, body, fix->map);
}

static void
test_killed_before_map (ReaderFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgNbd) nbd = NULL;
  g_autoptr (VgMap) map = vg_map_new (READER_SIZE);
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
test_nobody (ReaderFixture *fix, gconstpointer data G_GNUC_UNUSED)
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
  g_assert_null (
      vg_nbd_reader_new (fix->socket, "", NULL, fix->map, NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CLOSED);
}

/* Serves the fixture's image with one sector that can't be had. */
static void
spoil_sector (ReaderFixture *fix, const char *io_type, guint64 offset)
{
  g_autofree char *name = g_strdup_printf (
      "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"blkdebug\","
      "\"image\":{\"driver\":\"file\",\"filename\":\"%s\"},"
      "\"inject-error\":[{\"event\":\"none\",\"iotype\":\"%s\","
      "\"errno\":5,\"sector\":%d}]}}",
      fix->image, io_type, (int) (offset / 512));

  qemu_server_free (fix->server);
  fix->server = qemu_server_new (fix->socket, name, NULL, reader_shared);
}

static GError *
pull_spoilt (const ReaderFixture *fix, guint64 offset)
{
  g_autoptr (VgMap) map = reader_random_map (READER_SIZE, 1, 1);
  g_autoptr (VgBody) body = reader_open (fix->socket, map, NULL);
  GError *error = NULL;
  ReaderPlace place = { 0 };

  g_assert_cmpuint (reader_pull (fix, body, map, &place, READER_SIZE, &error),
                    <=, offset);
  return error;
}

/* A sector that can't be read is an error, and no zeroes. */
static void
test_bad_sector (ReaderFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  spoil_sector (fix, "block-status", 20 * READER_MIB);
  error = pull_spoilt (fix, 20 * READER_MIB);
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_READ);
  g_assert_nonnull (strstr (error->message, "offset 20971520 failed: "));
}

/* In the middle of an answer, QEMU can only close the connection. That of
 * another request may be what is noticed first. */
static void
test_cut_off (ReaderFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  spoil_sector (fix, "read", 4 * READER_MIB);
  for (int i = 0; i < 50; i++) {
    g_autoptr (GError) error = pull_spoilt (fix, 4 * READER_MIB);

    g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CLOSED);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  reader_fixture_add ("/reader/cancelled", test_cancelled);
  reader_fixture_add ("/reader/cancelled-while-waiting",
                      test_cancelled_while_waiting);
  reader_fixture_add ("/reader/cancelled-while-connecting",
                      test_cancelled_while_connecting);
  reader_fixture_add ("/reader/killed", test_killed);
  reader_fixture_add ("/reader/killed-before-map", test_killed_before_map);
  reader_fixture_add ("/reader/nobody", test_nobody);
  reader_fixture_add ("/reader/bad-sector", test_bad_sector);
  reader_fixture_add ("/reader/cut-off", test_cut_off);
  return g_test_run ();
}

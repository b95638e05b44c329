/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A device's content becomes that of a file, with zeroes in its holes and
 * beyond its end. (Files stand for devices.) */
#include "disk/overwrite.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/disk.h"
#include "lib/workdir.h"

#define MIB ((gsize) 1 << 20)
#define SIZE (4 * MIB)

typedef struct {
  char *dir;
  int from, to;
  guint64 last; /* progress */
} Fixture;

static int
make_file (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static void
fill (int fd, char byte, gsize start, gsize n)
{
  g_autofree char *bytes = g_malloc (n);

  memset (bytes, byte, n);
  g_assert_cmpint (pwrite (fd, bytes, n, (off_t) start), ==, n);
}

static void
assert_bytes (int fd, char byte, gsize start, gsize n)
{
  g_autofree char *is = g_malloc (n);
  g_autofree char *wanted = g_malloc (n);

  memset (wanted, byte, n);
  g_assert_cmpint (pread (fd, is, n, (off_t) start), ==, n);
  g_assert_cmpmem (is, n, wanted, n);
}

static void
set_up (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  f->dir = workdir_new ();
  f->from = make_file (f->dir, "file");
  f->to = make_file (f->dir, "device");
  fill (f->to, 'x', 0, SIZE);
}

static void
tear_down (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  close (f->from);
  close (f->to);
  workdir_remove (f->dir);
}

static void
note (guint64 done, guint64 total, gpointer data)
{
  Fixture *f = data;

  g_assert_cmpuint (done, >=, f->last);
  g_assert_cmpuint (total, ==, SIZE);
  f->last = done;
}

static void
test_copy (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  /* A hole, data of a length of their own, a hole, data, the end. */
  fill (f->from, 'a', MIB, MIB / 2 + 17);
  fill (f->from, 'b', 3 * MIB - 4096, 4096);
  g_assert_true (
      vg_overwrite (f->from, f->to, SIZE, "device", note, f, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (f->last, ==, SIZE);
  assert_bytes (f->to, 0, 0, MIB);
  assert_bytes (f->to, 'a', MIB, MIB / 2 + 17);
  assert_bytes (f->to, 0, MIB + MIB / 2 + 4096, MIB);
  assert_bytes (f->to, 'b', 3 * MIB - 4096, 4096);
  assert_bytes (f->to, 0, 3 * MIB, MIB);
}

static void
test_empty (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (
      vg_overwrite (f->from, f->to, SIZE, "device", NULL, NULL, &error));
  assert_bytes (f->to, 0, 0, SIZE);
}

static void
test_read_only (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (f->dir, "device", NULL);
  int fd = open (path, O_RDONLY | O_CLOEXEC);

  fill (f->from, 'a', 0, 4096);
  g_assert_false (
      vg_overwrite (f->from, fd, SIZE, "/dev/x", NULL, NULL, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_BADF);
  g_assert_nonnull (strstr (error->message, "/dev/x can't be written"));
  assert_bytes (f->to, 'x', 0, SIZE);
  close (fd);
}

static void
test_no_device (Fixture *f, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL, missing = NULL;
  g_autofree char *path = g_build_filename (f->dir, "device", NULL);
  guint64 size;

  g_assert_cmpint (vg_overwrite_open (path, &size, &error), ==, -1);
  g_assert_nonnull (strstr (error->message, "doesn't tell its size"));
  g_assert_cmpint (vg_overwrite_open ("/nonexistent", &size, &missing), ==, -1);
  g_assert_error (missing, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                    \
  g_test_add ("/overwrite/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("copy", test_copy);
  ADD ("empty", test_empty);
  ADD ("read-only", test_read_only);
  ADD ("no-device", test_no_device);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scratch files as QEMU sees them. */
#include "instant/scratch-image.h"

#include <fcntl.h>
#include <unistd.h>

#include "image/image.h"
#include "lib/qemu.h"
#include "lib/workdir.h"
#include "util/json.h"

#define MIB ((guint64) 1 << 20)
#define PIB ((guint64) 1 << 50)

static gboolean
write_image (const char *path, guint64 size, GError **error)
{
  int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  gboolean ok;

  g_assert_cmpint (fd, >=, 0);
  ok = vg_scratch_image_write (fd, size, error);
  close (fd);
  return ok;
}

static void
check_size (const char *path, guint64 size)
{
  g_autofree char *text =
      qemu_run ("qemu-img", "info", "-f", "qcow2", "--output=json", path, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgJson) info = vg_json_parse (text, -1, &error);

  g_assert_no_error (error);
  g_assert_cmpint (vg_json_get_int (info, "virtual-size", 0), ==, size);
}

/* QEMU fills it, which also takes new refcount blocks, and finds it whole. The
 * first and the last size are of no whole sector, and beyond 2^32. */
static void
test_qemu (void)
{
  static const guint64 sizes[][2] = { { 8 * MIB - 100, 8 * MIB },
                                      { 4096 * MIB, 4096 * MIB },
                                      { 16 * MIB * MIB, 16 * MIB * MIB } };

  if (qemu_is_missing ())
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    Workdir *dir = workdir_new ();
    g_autofree char *path = workdir_path (dir, "vda.scratch");
    g_autofree char *end = g_strdup_printf (
        "write -P 2 %" G_GUINT64_FORMAT " 1M", sizes[i][1] - MIB);
    g_autoptr (GError) error = NULL;

    g_assert_true (write_image (path, sizes[i][0], &error));
    g_assert_no_error (error);
    check_size (path, sizes[i][1]);
    g_free (qemu_run ("qemu-io", "-f", "qcow2", "-c", "write -P 1 0 4M", "-c",
                      end, path, NULL));
    g_free (qemu_run ("qemu-img", "check", "-q", "-f", "qcow2", path, NULL));
    workdir_remove (dir);
  }
}

static void
test_too_large (void)
{
  Workdir *dir = workdir_new ();
  g_autofree char *path = workdir_path (dir, "vda.scratch");
  g_autoptr (GError) error = NULL;

  g_assert_false (write_image (path, 4 * PIB, &error));
  g_assert_error (error, VG_IMAGE_ERROR, VG_IMAGE_ERROR_TOO_LARGE);
  workdir_remove (dir);
}

/* A device that is full; one that can't be written to. */
static void
test_full (void)
{
  static const struct {
    const char *path;
    int flags;
  } files[] = { { "/dev/full", O_WRONLY }, { "/dev/null", O_RDONLY } };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
    int fd = open (files[i].path, files[i].flags | O_CLOEXEC);
    g_autoptr (GError) error = NULL;

    g_assert_cmpint (fd, >=, 0);
    g_assert_false (vg_scratch_image_write (fd, MIB, &error));
    g_assert_nonnull (error);
    close (fd);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scratch-image/qemu", test_qemu);
  g_test_add_func ("/scratch-image/too-large", test_too_large);
  g_test_add_func ("/scratch-image/full", test_full);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Image streams checked by QEMU: qemu-img check finds no errors, and qemu-img
 * compare finds the same disk in them as in a raw file written by the test. All
 * files are unlinked before they are written, so nothing is left behind. */
#include "image/image.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "lib/pattern.h"
#include "util/json.h"

#define KIB G_GUINT64_CONSTANT (1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)
#define TIB (GIB * 1024)
#define C VG_MAP_BLOCK_SIZE

/* An unlinked file, which has a path while it is open. */
typedef struct {
  int fd;
  char *path;
} File;

static File *
file_new (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;
  File *file = g_new0 (File, 1);

  file->fd = g_file_open_tmp ("test-image-XXXXXX", &name, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_unlink (name), ==, 0);
  file->path = g_strdup_printf ("/proc/%d/fd/%d", (int) getpid (), file->fd);
  return file;
}

static void
file_free (File *file)
{
  close (file->fd);
  g_free (file->path);
  g_free (file);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (File, file_free)

/* Leaves a hole if buf is all zeroes. */
static void
file_write (File *file, guint64 offset, const void *buf, gsize n)
{
  const guint8 *bytes = buf;

  if (bytes[0] == 0 && memcmp (bytes, bytes + 1, n - 1) == 0)
    return;
  for (gsize done = 0; done < n;) {
    gssize got =
        pwrite64 (file->fd, bytes + done, n - done, (off64_t) (offset + done));

    g_assert_cmpint (got, >, 0);
    done += (gsize) got;
  }
}

/* A disk: its size, and the ranges that hold data. */
typedef struct {
  guint64 size;
  GArray *ranges; /* pairs of guint64: offset, length */
  Pattern pattern;
} Disk;

static Disk *
disk_new (guint64 size, guint64 seed, guint every)
{
  Disk *disk = g_new0 (Disk, 1);

  disk->size = size;
  disk->ranges = g_array_new (FALSE, FALSE, sizeof (guint64));
  disk->pattern.seed = seed;
  disk->pattern.every = every;
  return disk;
}

static void
disk_free (Disk *disk)
{
  g_array_unref (disk->ranges);
  g_free (disk);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Disk, disk_free)

static void
disk_add (Disk *disk, guint64 offset, guint64 length)
{
  if (offset >= disk->size)
    return;
  length = MIN (length, disk->size - offset);
  g_array_append_val (disk->ranges, offset);
  g_array_append_val (disk->ranges, length);
}

static VgMap *
disk_map (const Disk *disk)
{
  VgMap *map = vg_map_new (disk->size);

  for (guint i = 0; i < disk->ranges->len; i += 2)
    vg_map_add (map, g_array_index (disk->ranges, guint64, i),
                g_array_index (disk->ranges, guint64, i + 1));
  return map;
}

/* Writes the disk as a raw file, block by block, without map or stream. */
static File *
disk_write (const Disk *disk)
{
  File *file = file_new ();
  g_autofree guint8 *block = g_malloc (C);

  g_assert_cmpint (ftruncate64 (file->fd, (off64_t) disk->size), ==, 0);
  for (guint i = 0; i < disk->ranges->len; i += 2) {
    guint64 offset = g_array_index (disk->ranges, guint64, i);
    guint64 end = offset + g_array_index (disk->ranges, guint64, i + 1);

    for (guint64 at = offset - offset % C; at < end; at += C) {
      gsize n = MIN (C, disk->size - at);

      pattern_fill (&disk->pattern, at, block, n);
      file_write (file, at, block, n);
    }
  }
  return file;
}

/* Writes the stream of the disk's image to a file. */
static File *
disk_stream (const Disk *disk, VgImageFormat format)
{
  g_autoptr (VgMap) map = disk_map (disk);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgBody) body = vg_image_new (
      format, map, &pattern_body_new (map, &disk->pattern)->body, &error);
  g_autofree guint8 *buf = g_malloc (MIB);
  File *file = file_new ();
  guint64 at = 0;
  gssize n;

  g_assert_no_error (error);
  while ((n = vg_body_read (body, buf, MIB, &error)) > 0) {
    for (gsize i = 0; i < (gsize) n; i += 4096)
      file_write (file, at + i, buf + i, MIN ((gsize) n - i, 4096));
    at += (guint64) n;
  }
  g_assert_no_error (error);
  g_assert_cmpuint (at, ==, body->length);
  g_assert_cmpint (ftruncate64 (file->fd, (off64_t) at), ==, 0);
  return file;
}

/* Runs qemu-img with the NULL-terminated arguments, which must succeed without
 * a warning. Returns its output. */
static char *
qemu_img (const char *argument, ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  va_list args;

  g_ptr_array_add (argv, (gpointer) "qemu-img");
  va_start (args, argument);
  for (; argument != NULL; argument = va_arg (args, const char *))
    g_ptr_array_add (argv, (gpointer) argument);
  va_end (args);
  g_ptr_array_add (argv, NULL);

  process = g_subprocess_newv (
      (const char *const *) argv->pdata,
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  if (!g_subprocess_get_successful (process))
    g_error ("qemu-img %s: %s", (char *) argv->pdata[1], output);
  return output;
}

static void
assert_sound (const Disk *disk)
{
  g_autoptr (File) expected = disk_write (disk);
  g_autoptr (File) qcow2 = disk_stream (disk, VG_IMAGE_QCOW2);
  g_autofree char *check = NULL, *compare = NULL;

  g_test_message ("%" G_GUINT64_FORMAT " bytes, %u ranges", disk->size,
                  disk->ranges->len / 2);
  check = qemu_img ("check", "-f", "qcow2", qcow2->path, NULL);
  g_assert_true (g_str_has_prefix (check, "No errors were found"));
  compare = qemu_img ("compare", "-f", "raw", "-F", "qcow2", expected->path,
                      qcow2->path, NULL);
  g_assert_cmpstr (compare, ==, "Images are identical.\n");
}

static gboolean
have_qemu_img (void)
{
  g_autofree char *path = g_find_program_in_path ("qemu-img");

  if (path == NULL)
    g_test_skip ("qemu-img is not installed");
  return path != NULL;
}

static void
test_edges (void)
{
  static const guint64 sizes[] = {
    0,      1,     511,       512,           513,           65535,
    65536,  65537, 512 * MIB, 512 * MIB - 1, 512 * MIB + 1, 512 * MIB + 513,
    GIB + 1
  };

  if (!have_qemu_img ())
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (Disk) empty = disk_new (sizes[i], i, 1);
    g_autoptr (Disk) ends = disk_new (sizes[i], i, 1);

    assert_sound (empty);
    disk_add (ends, 0, 1);
    disk_add (ends, 512 * MIB - 1, 1);
    disk_add (ends, sizes[i] - 1, 1);
    assert_sound (ends);
  }
}

static void
test_random (void)
{
  if (!have_qemu_img ())
    return;
  for (guint32 seed = 0; seed < 24; seed++) {
    g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
    double largest = seed % 2 ? 3e9 : 3e6;
    guint64 size = (guint64) g_rand_double_range (rand, 1, largest);
    g_autoptr (Disk) disk = disk_new (size, seed, 1);

    for (guint i = 0; i < 40; i++)
      disk_add (disk, (guint64) g_rand_double_range (rand, 0, (double) size),
                (guint64) g_rand_double_range (rand, 1, 3e5));
    assert_sound (disk);
  }
}

/* Every other block, over several L2 tables. */
static void
test_fragmented (void)
{
  g_autoptr (Disk) disk = disk_new (GIB + 5 * MIB + 7, 5, 97);

  if (!have_qemu_img ())
    return;
  for (guint64 at = 0; at < disk->size; at += 2 * C)
    disk_add (disk, at, C);
  assert_sound (disk);
}

/* A full disk, so large that the refcounts just fit into one refcount block
 * (32768 clusters of file), and one that just exceeds it. */
static void
test_refcount_blocks (void)
{
  if (!have_qemu_img ())
    return;
  for (guint64 n_data = 32759; n_data <= 32762; n_data++) {
    g_autoptr (Disk) disk = disk_new (n_data * C, n_data, 331);

    disk_add (disk, 0, disk->size);
    assert_sound (disk);
  }
}

/* Just below 16 TiB. Not every file system can hold the raw file. */
static void
test_large_sparse (void)
{
  g_autoptr (Disk) disk = disk_new (16 * TIB - 5001, 5, 1);

  if (!have_qemu_img ())
    return;
  disk_add (disk, 0, 1);
  disk_add (disk, 3 * TIB - 1, 2);
  for (guint64 at = 5 * TIB; at < 15 * TIB; at += TIB + 77 * C)
    disk_add (disk, at, 3 * C);
  disk_add (disk, disk->size - 1, 1);
  assert_sound (disk);
}

static void
test_raw (void)
{
  if (!have_qemu_img ())
    return;
  for (guint32 seed = 100; seed < 108; seed++) {
    g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
    guint64 size = (guint64) g_rand_double_range (rand, 1, 3e8);
    g_autoptr (Disk) disk = disk_new (size, seed, 1);
    g_autoptr (File) expected = NULL, raw = NULL;
    g_autofree char *compare = NULL;

    for (guint i = 0; i < seed % 8 * 5; i++)
      disk_add (disk, (guint64) g_rand_double_range (rand, 0, (double) size),
                (guint64) g_rand_double_range (rand, 1, 3e5));
    expected = disk_write (disk);
    raw = disk_stream (disk, VG_IMAGE_RAW);
    compare = qemu_img ("compare", "-f", "raw", "-F", "raw", expected->path,
                        raw->path, NULL);
    g_assert_cmpstr (compare, ==, "Images are identical.\n");
  }
}

/* Compares with qemu-img measure, for a full disk. */
static void
test_measure (void)
{
  static const guint64 sizes[] = { 0,
                                   1,
                                   65537,
                                   512 * MIB + 1,
                                   2 * GIB - 9 * C,
                                   2 * GIB - 7 * C,
                                   2 * GIB - 6 * C,
                                   100 * GIB - 777,
                                   16 * TIB,
                                   2047 * TIB };

  if (!have_qemu_img ())
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, sizes[i]);
    g_autofree char *text = qemu_img ("measure", "-O", "qcow2", "--size", size,
                                      "--output", "json", NULL);
    g_autoptr (VgJson) json = vg_json_parse (text, -1, NULL);
    g_autoptr (VgMap) map = vg_map_new (sizes[i]);

    vg_map_add (map, 0, sizes[i]);
    g_assert_cmpint ((gint64) vg_image_length (VG_IMAGE_QCOW2, map), ==,
                     vg_json_get_int (json, "fully-allocated", -1));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image-qemu/edges", test_edges);
  g_test_add_func ("/image-qemu/random", test_random);
  g_test_add_func ("/image-qemu/fragmented", test_fragmented);
  g_test_add_func ("/image-qemu/refcount-blocks", test_refcount_blocks);
  g_test_add_func ("/image-qemu/large-sparse", test_large_sparse);
  g_test_add_func ("/image-qemu/raw", test_raw);
  g_test_add_func ("/image-qemu/measure", test_measure);
  return g_test_run ();
}

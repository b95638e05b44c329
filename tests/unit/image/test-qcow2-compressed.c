/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compressed qcow2 streams: checks by QEMU, equal bytes after a rewind, and
 * data that change between reads; and the search for zero blocks. */
#include "image/qcow2-compressed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/qemu.h"
#include "lib/workdir.h"

#define MIB ((guint64) 1 << 20)
#define C VG_MAP_BLOCK_SIZE

/* The contents of a block of a generated disk. */
typedef enum {
  ZEROES,
  NOISE,
  TEXT,
  BYTE,
  MIXTURE
} Kind;

/* A generated disk; the map's blocks are data. */
typedef struct {
  VgBody body;
  const VgMap *map;
  Kind kind;
  guint32 seed;
  guint64 position; /* of data, bytes */
  guint64 fail_at;  /* position of a read error, bytes */
  guint reads;      /* number of rewinds */
  gboolean moody;   /* has other contents in the second pass */
} Made;

static Kind
kind_of (const Made *made, guint64 block)
{
  static const Kind mixture[] = { TEXT, NOISE, TEXT,   BYTE, ZEROES, NOISE,
                                  BYTE, TEXT,  ZEROES, TEXT, NOISE };

  if (made->moody && made->reads > 0)
    return NOISE;
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
  switch (kind_of (made, block)) {
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
  made->reads++;
  return TRUE;
}

static void
free_made (VgBody *body)
{
  g_free (body);
}

static Made *
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

static VgMap *
full_map (guint64 size)
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

/* Writes the disk as a raw file, without the code under test. */
static void
write_raw (const char *path, const Made *made)
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

/* Reads the whole body in pieces of odd lengths. path, checksum: may be
 * NULL. */
static void
drain_body (VgBody *body, const char *path, GChecksum *checksum)
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

static VgBody *
new_body (VgCompression compression, Made *made)
{
  g_autoptr (GError) error = NULL;
  VgBody *body = vg_qcow2_compressed_new (compression, made->map, &made->body,
                                          NULL, NULL, &error);

  g_assert_no_error (error);
  return body;
}

/* Returns the image's length. */
static guint64
assert_sound (VgCompression compression, const VgMap *map, Kind kind,
              guint32 seed)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *raw = workdir_path (dir, "raw");
  g_autofree char *image = workdir_path (dir, "image");
  g_autofree char *check = NULL;
  g_autoptr (GChecksum) first = g_checksum_new (G_CHECKSUM_MD5);
  g_autoptr (GChecksum) second = g_checksum_new (G_CHECKSUM_MD5);
  Made *made = made_new (map, kind, seed);
  g_autoptr (VgBody) body = new_body (compression, made);
  g_autoptr (GError) error = NULL;

  write_raw (raw, made);
  drain_body (body, image, first);
  check = qemu_run ("qemu-img", "check", "-f", "qcow2", image, NULL);
  g_assert_true (g_str_has_prefix (check, "No errors were found"));
  g_free (qemu_run ("qemu-img", "compare", "-f", "raw", "-F", "qcow2", raw,
                    image, NULL));
  g_assert_true (vg_body_rewind (body, &error));
  drain_body (body, NULL, second);
  g_assert_cmpstr (g_checksum_get_string (first), ==,
                   g_checksum_get_string (second));
  return body->length;
}

static void
test_sizes (void)
{
  static const guint64 sizes[] = { 0, 1,     512,   513,          C - 1,
                                   C, C + 1, 9 * C, 23 * C + 1000 };

  if (qemu_is_missing ())
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (VgCompression c = VG_COMPRESSION_NONE; c <= VG_COMPRESSION_ZSTD; c++) {
      g_autoptr (VgMap) map = full_map (sizes[i]);
      g_autoptr (VgMap) empty = vg_map_new (sizes[i]);

      assert_sound (c, map, MIXTURE, (guint32) i);
      assert_sound (c, map, ZEROES, 0);
      assert_sound (c, empty, ZEROES, 0);
    }
}

/* Blocks far apart, in many groups, with other blocks in between. */
static void
test_mixtures (void)
{
  if (qemu_is_missing ())
    return;
  for (guint32 seed = 0; seed < 4; seed++) {
    g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
    g_autoptr (VgMap) map = vg_map_new (3000 * MIB + seed * 512 + seed % 3);

    for (guint i = 0; i < 8; i++)
      vg_map_add (map, (guint64) g_rand_double_range (rand, 0, 3e9),
                  (guint64) g_rand_double_range (rand, 1, 2e6));
    vg_map_add (map, vg_map_get_size (map) - 1, 1);
    assert_sound (VG_COMPRESSION_ZLIB + seed % 2, map, MIXTURE, seed);
  }
}

/* Compressible data shrink; other data grow only slightly. */
static void
test_lengths (void)
{
  g_autoptr (VgMap) map = full_map (4 * MIB);
  const guint64 whole = vg_image_length (VG_IMAGE_QCOW2, map);

  if (qemu_is_missing ())
    return;
  for (VgCompression c = VG_COMPRESSION_ZLIB; c <= VG_COMPRESSION_ZSTD; c++) {
    g_assert_cmpuint (assert_sound (c, map, NOISE, 1), ==, whole);
    g_assert_cmpuint (assert_sound (c, map, TEXT, 1), <, whole / 2);
    g_assert_cmpuint (assert_sound (c, map, BYTE, 1), <=, 7 * C);
    g_assert_cmpuint (assert_sound (c, map, ZEROES, 1), <=, 4 * C);
  }
}

/* More than 2 GiB of file, so that there is a refcount block in the middle. */
static void
test_refcount_blocks (void)
{
  g_autoptr (Workdir) dir = NULL;
  g_autofree char *image = NULL, *check = NULL;
  g_autoptr (VgMap) map = full_map (33000 * C);
  g_autoptr (VgBody) body = NULL;

  if (qemu_is_missing ())
    return;
  dir = workdir_new ();
  image = workdir_path (dir, "image");
  body = new_body (VG_COMPRESSION_NONE, made_new (map, BYTE, 0));
  drain_body (body, image, NULL);
  check = qemu_run ("qemu-img", "check", "-f", "qcow2", image, NULL);
  g_assert_true (g_str_has_prefix (check, "No errors were found"));
  g_assert_nonnull (strstr (check, "33000/33000 = 100.00% allocated"));
}

static void
assert_fails (VgBody *body, GQuark domain, gint code)
{
  g_autofree guint8 *buf = g_malloc (MIB);
  g_autoptr (GError) error = NULL;

  while (vg_body_read (body, buf, MIB, &error) > 0)
    ;
  g_assert_error (error, domain, code);
}

static void
test_unstable (void)
{
  g_autoptr (VgMap) map = full_map (40 * C);
  Made *made = made_new (map, MIXTURE, 3);
  g_autoptr (VgBody) body = NULL;

  made->moody = TRUE;
  body = new_body (VG_COMPRESSION_ZSTD, made);
  assert_fails (body, VG_IMAGE_ERROR, VG_IMAGE_ERROR_UNSTABLE);
}

static void
test_broken (void)
{
  g_autoptr (VgMap) map = full_map (400 * C);
  g_autoptr (GError) broken = NULL, short_ = NULL;
  Made *made = made_new (map, TEXT, 3);
  g_autoptr (VgBody) body = NULL;

  made->fail_at = 100 * C;
  g_assert_null (vg_qcow2_compressed_new (VG_COMPRESSION_ZSTD, map, &made->body,
                                          NULL, NULL, &broken));
  g_assert_error (broken, G_IO_ERROR, G_IO_ERROR_FAILED);
  made = made_new (map, TEXT, 3);
  made->body.length = 300 * C;
  g_assert_null (vg_qcow2_compressed_new (VG_COMPRESSION_ZLIB, map, &made->body,
                                          NULL, NULL, &short_));
  g_assert_error (short_, VG_IMAGE_ERROR, VG_IMAGE_ERROR_SHORT);

  /* An error in the second pass only. After a rewind, reading succeeds. */
  made = made_new (map, TEXT, 3);
  body = new_body (VG_COMPRESSION_ZSTD, made);
  made->fail_at = 200 * C;
  assert_fails (body, G_IO_ERROR, G_IO_ERROR_FAILED);
  made->fail_at = G_MAXUINT64;
  g_assert_true (vg_body_rewind (body, NULL));
  drain_body (body, NULL, NULL);
}

static void
test_too_large (void)
{
  g_autoptr (VgMap) map = vg_map_new (((guint64) 2 << 50) + 1);
  g_autoptr (GError) error = NULL;
  Made *made = made_new (map, ZEROES, 0);

  g_assert_null (vg_qcow2_compressed_new (VG_COMPRESSION_ZSTD, map, &made->body,
                                          NULL, NULL, &error));
  g_assert_error (error, VG_IMAGE_ERROR, VG_IMAGE_ERROR_TOO_LARGE);
}

static void
on_progress (guint64 done, guint64 total, gpointer data)
{
  guint64 *last = data;

  g_assert_cmpuint (done, >, *last);
  g_assert_cmpuint (done, <=, total);
  *last = done;
}

static void
test_find_zeroes (void)
{
  g_autoptr (VgMap) map = full_map (100 * C + 5);
  Made *made = made_new (map, MIXTURE, 9);
  g_autoptr (VgBody) body = &made->body;
  g_autoptr (GError) error = NULL;
  guint64 last = 0;
  g_autoptr (VgMap) found =
      vg_qcow2_compressed_find_zeroes (map, body, on_progress, &last, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (last, ==, 96 * C);
  g_assert_cmpuint (vg_map_get_size (found), ==, 100 * C + 5);
  g_assert_cmpuint (vg_map_get_n_data_blocks (found), <, 95);
  for (guint64 i = 0; i < 100; i++)
    g_assert_cmpint (vg_map_is_data (found, i), ==,
                     kind_of (made, i) != ZEROES);
  made->fail_at = 0;
  g_assert_null (
      vg_qcow2_compressed_find_zeroes (map, body, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/packed/sizes", test_sizes);
  g_test_add_func ("/packed/mixtures", test_mixtures);
  g_test_add_func ("/packed/lengths", test_lengths);
  g_test_add_func ("/packed/refcount-blocks", test_refcount_blocks);
  g_test_add_func ("/packed/unstable", test_unstable);
  g_test_add_func ("/packed/broken", test_broken);
  g_test_add_func ("/packed/too-large", test_too_large);
  g_test_add_func ("/packed/find-zeroes", test_find_zeroes);
  return g_test_run ();
}

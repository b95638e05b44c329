/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compressed qcow2 streams: checks by QEMU, equal bytes after a rewind, samples
 * that mislead. */
#include "image/qcow2-stream.h"

#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#include "lib/made.h"
#include "lib/qemu.h"
#include "lib/workdir.h"

/* How an image is made. */
typedef struct {
  VgCompression compression;
  guint level;
  guint n_samples; /* 0: 1 */
  gboolean whole;
} Way;

/* Reads samples of the disk. blank_samples: those blocks are zero. */
static VgEstimate *
make_estimate (const Way *way, const Made *made)
{
  VgCodecLevels levels = vg_codec_get_levels (way->compression, way->level);
  VgEstimate *estimate = vg_estimate_new (made->map);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < MAX (1, way->n_samples); i++) {
    g_autoptr (VgMap) sample = vg_estimate_choose (estimate, made->map);
    Made *taken = made_new (sample, made->kind, made->seed);
    g_autoptr (VgBody) data = &taken->body;

    taken->blank = made->blank;
    taken->noise = made->noise;
    g_assert_true (vg_estimate_read (estimate, &levels, sample, data, &error));
    g_assert_no_error (error);
  }
  return estimate;
}

static VgBody *
new_body (const Way *way, Made *made, VgEstimate *estimate)
{
  VgCodecLevels levels = vg_codec_get_levels (way->compression, way->level);
  g_autoptr (GError) error = NULL;
  VgBody *body = vg_qcow2_stream_new (&levels, made->map, &made->body, estimate,
                                      way->whole, &error);

  g_assert_no_error (error);
  return body;
}

static void
read_up_to (VgBody *body, guint64 end)
{
  g_autofree guint8 *buf = g_malloc (MIB);

  for (guint64 at = 0; at < end;) {
    gssize got = vg_body_read (body, buf, MIN (MIB, end - at), NULL);

    g_assert_cmpint (got, >, 0);
    at += (guint64) got;
  }
}

/* Returns the image's length. The body is taken. */
static guint64
assert_sound_body (VgBody *taken, const Made *made)
{
  static const guint parts[] = { 10, 99, 100, 50 };
  const gsize n_parts = G_N_ELEMENTS (parts);
  g_autoptr (VgBody) body = taken;
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *raw = workdir_path (dir, "raw");
  g_autofree char *image = workdir_path (dir, "image");
  g_autofree char *check = NULL;
  g_autoptr (GChecksum) first = g_checksum_new (G_CHECKSUM_MD5);
  g_autoptr (GError) error = NULL;

  made_write_raw (made, raw);
  made_drain (body, image, first);
  check = qemu_run ("qemu-img", "check", "-f", "qcow2", image, NULL);
  g_assert_true (g_str_has_prefix (check, "No errors were found"));
  g_free (qemu_run ("qemu-img", "compare", "-f", "raw", "-F", "qcow2", raw,
                    image, NULL));
  /* A connection breaks there, and the upload begins again. */
  for (gsize i = body->length > MIB ? 3 : 0; i < n_parts; i++) {
    g_autoptr (GChecksum) again = g_checksum_new (G_CHECKSUM_MD5);

    g_assert_true (vg_body_rewind (body, &error));
    read_up_to (body, body->length * parts[i] / 100);
    g_assert_true (vg_body_rewind (body, &error));
    made_drain (body, NULL, again);
    g_assert_cmpstr (g_checksum_get_string (first), ==,
                     g_checksum_get_string (again));
  }
  return body->length;
}

static guint64
assert_sound (VgCompression compression, const VgMap *map, Kind kind,
              guint32 seed)
{
  const Way way = { .compression = compression };
  Made *made = made_new (map, kind, seed);
  g_autoptr (VgEstimate) estimate = make_estimate (&way, made);

  return assert_sound_body (new_body (&way, made, estimate), made);
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
      g_autoptr (VgMap) map = made_full_map (sizes[i]);
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

/* Compressible data shrink; other data don't grow. */
static void
test_lengths (void)
{
  g_autoptr (VgMap) map = made_full_map (4 * MIB);
  const guint64 whole = vg_image_length (VG_IMAGE_QCOW2, map);

  if (qemu_is_missing ())
    return;
  for (VgCompression c = VG_COMPRESSION_ZLIB; c <= VG_COMPRESSION_ZSTD; c++) {
    g_assert_cmpuint (assert_sound (c, map, NOISE, 1), ==, whole);
    g_assert_cmpuint (assert_sound (c, map, TEXT, 1), <, whole / 2);
    g_assert_cmpuint (assert_sound (c, map, BYTE, 1), <=, 8 * C);
    g_assert_cmpuint (assert_sound (c, map, ZEROES, 1), <=, 7 * C);
  }
}

/* A sample of 1 in 8: the length is that of the data, with a margin, though
 * their nature changes in the middle. */
static void
test_halves (void)
{
  g_autoptr (VgMap) map = made_full_map (40 * MIB);
  guint64 length;

  if (qemu_is_missing ())
    return;
  length = assert_sound (VG_COMPRESSION_ZSTD, map, HALVES, 1);
  g_assert_cmpuint (length, >, 20 * MIB);
  g_assert_cmpuint (length, <, 30 * MIB);
}

/* Zeroes that the disk takes for data, without compression: the length is that
 * of the rest, with a margin. The data are read once, besides the sample. */
static void
test_zeroes (void)
{
  static const struct {
    Kind kind;
    guint64 data; /* MiB of 64 */
    guint64 more; /* blocks, at most: L2 table, margin, and the other tables */
  } cases[] = { { TAIL, 8, 60 }, { ISLANDS, 8, 120 }, { ZEROES, 0, 12 } };
  g_autoptr (VgMap) map = made_full_map (64 * MIB);

  if (qemu_is_missing ())
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint64 length = assert_sound (VG_COMPRESSION_NONE, map, cases[i].kind, 3);

    g_test_message ("%u: %" G_GUINT64_FORMAT " bytes", (guint) i, length);
    g_assert_cmpuint (length, >=, cases[i].data * MIB);
    g_assert_cmpuint (length, <=, cases[i].data * MIB + cases[i].more * C);
  }
}

/* All of the data are sampled: no block more is sent than the L2 table and
 * those around it. */
static void
test_zeroes_known (void)
{
  g_autoptr (VgMap) map = made_full_map (16 * MIB);

  if (qemu_is_missing ())
    return;
  g_assert_cmpuint (assert_sound (VG_COMPRESSION_NONE, map, TAIL, 1), <=,
                    2 * MIB + 6 * C);
}

/* Levels by hand, and that higher ones stay behind them for the budget. */
static void
test_levels (void)
{
  static const Way ways[] = { { VG_COMPRESSION_ZLIB, .level = 1 },
                              { VG_COMPRESSION_ZLIB, .level = 9 },
                              { VG_COMPRESSION_ZSTD, .level = 4 },
                              { VG_COMPRESSION_ZSTD, .level = 19 } };
  static const guint n[] = { 3, 1, 4, 1 };
  g_autoptr (VgMap) map = made_full_map (7 * C + 9);

  if (qemu_is_missing ())
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++) {
    Made *made = made_new (map, MIXTURE, (guint32) i);
    g_autoptr (VgEstimate) estimate = make_estimate (&ways[i], made);
    VgCodecLevels levels =
        vg_codec_get_levels (ways[i].compression, ways[i].level);

    g_assert_cmpint (levels.levels[0], ==, (gint) ways[i].level);
    g_assert_cmpuint (levels.n, ==, n[i]);
    assert_sound_body (new_body (&ways[i], made, estimate), made);
  }
}

static void
test_large_sparse (void)
{
  g_autoptr (VgMap) map = vg_map_new (((guint64) 16 << 40) - 5001);

  if (qemu_is_missing ())
    return;
  vg_map_add (map, 0, 1);
  for (guint64 i = 1; i < 15; i++)
    vg_map_add (map, (i << 40) - 77 * C * i, 3 * C);
  vg_map_add (map, vg_map_get_size (map) - 1, 1);
  assert_sound (VG_COMPRESSION_ZSTD, map, MIXTURE, 2);
  assert_sound (VG_COMPRESSION_NONE, map, MIXTURE, 2);
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

/* Every place of the first n samples is zero, and all else is text. */
static VgMap *
hide_from_samples (const VgMap *map, guint n)
{
  g_autoptr (VgEstimate) estimate = vg_estimate_new (map);
  VgCodecLevels levels = vg_codec_get_levels (VG_COMPRESSION_ZSTD, 0);
  VgMap *blank = vg_map_new (vg_map_get_size (map));

  for (guint i = 0; i < n; i++) {
    g_autoptr (VgMap) sample = vg_estimate_choose (estimate, map);
    Made *made = made_new (sample, ZEROES, 0);
    g_autoptr (VgBody) data = &made->body;
    guint64 next = 0, first, n_blocks;

    for (; vg_map_next_run (sample, next, &first, &n_blocks);
         next = first + n_blocks)
      vg_map_add (blank, first * C, n_blocks * C);
    g_assert_true (vg_estimate_read (estimate, &levels, sample, data, NULL));
  }
  return blank;
}

/* The first sample, or both, saw nothing but zeroes. The next try has another
 * sample, and the last one the whole length. */
static void
test_misled (void)
{
  g_autoptr (VgMap) map = made_full_map (40 * MIB);

  if (qemu_is_missing ())
    return;
  for (guint n = 1; n <= 2; n++) {
    g_autoptr (VgMap) blank = hide_from_samples (map, n);
    Way way = { .compression = VG_COMPRESSION_ZSTD };
    Made *made = NULL;
    guint64 length;

    for (way.n_samples = 1; way.n_samples <= n; way.n_samples++) {
      g_autoptr (VgEstimate) estimate = NULL;
      g_autoptr (VgBody) body = NULL;

      made = made_new (map, TEXT, 0);
      made->blank = blank;
      estimate = make_estimate (&way, made);
      body = new_body (&way, made, estimate);
      g_assert_cmpuint (body->length, <, 4 * MIB);
      assert_fails (body, VG_IMAGE_ERROR, VG_IMAGE_ERROR_TIGHT);
    }
    made = made_new (map, TEXT, 0);
    made->blank = blank;
    way.whole = n == 2;
    g_autoptr (VgEstimate) estimate = make_estimate (&way, made);
    length = assert_sound_body (new_body (&way, made, estimate), made);
    if (way.whole)
      g_assert_cmpuint (length, ==, vg_image_length (VG_IMAGE_QCOW2, map));
    else
      g_assert_cmpuint (length, <, 20 * MIB);
  }
}

/* All samples, and all else but a few blocks, can't be compressed. A rewind
 * forgets what was learned of these blocks. */
static void
test_dense (void)
{
  const Way way = { .compression = VG_COMPRESSION_ZSTD };
  g_autoptr (VgMap) map = made_full_map (64 * MIB);
  g_autoptr (VgMap) blank = hide_from_samples (map, 1);
  g_autoptr (VgMap) noise = vg_map_new (64 * MIB);
  Made *made = made_new (map, TEXT, 0);

  if (qemu_is_missing ()) {
    vg_body_free (&made->body);
    return;
  }
  for (guint64 i = 0; i < vg_map_get_n_blocks (map); i++)
    if (i % 8 > 1 || vg_map_is_data (blank, i))
      vg_map_add (noise, i * C, C);
  made->noise = noise;
  g_autoptr (VgEstimate) estimate = make_estimate (&way, made);
  assert_sound_body (new_body (&way, made, estimate), made);
}

/* A file that can't be compressed, too small for the sample to see it, is the
 * last thing on the disk. What went well before is not spent to the last byte.
 */
static void
test_last_file (void)
{
  const Way way = { .compression = VG_COMPRESSION_ZSTD };
  g_autoptr (VgMap) map = made_full_map (128 * MIB);
  g_autoptr (VgMap) file = vg_map_new (128 * MIB);
  guint64 next = 0, first, n_blocks, end = 0;
  Made *made = made_new (map, TEXT, 0);

  {
    g_autoptr (VgEstimate) estimate = vg_estimate_new (map);
    g_autoptr (VgMap) sample = vg_estimate_choose (estimate, map);

    for (; vg_map_next_run (sample, next, &first, &n_blocks); next = end)
      end = first + n_blocks;
  }
  g_assert_cmpuint (vg_map_get_n_blocks (map) - end, >=, 4);
  vg_map_add (file, end * C, 128 * MIB - end * C);
  made->noise = file;
  g_autoptr (VgEstimate) estimate = make_estimate (&way, made);
  g_autoptr (VgBody) body = new_body (&way, made, estimate);

  g_assert_cmpuint (body->length, <, 128 * MIB * 3 / 4);
  made_drain (body, NULL, NULL);
}

/* Without compression the sample saw nothing but zeroes, and all else is data:
 * it is broken off early. With what that told and another sample it fits. */
static void
test_misled_zeroes (void)
{
  g_autoptr (VgMap) map = made_full_map (40 * MIB);
  g_autoptr (VgMap) blank = hide_from_samples (map, 1);
  Way way = { .compression = VG_COMPRESSION_NONE };
  VgCodecLevels levels = vg_codec_get_levels (VG_COMPRESSION_NONE, 0);
  g_autoptr (VgEstimate) estimate = NULL;
  Made *made = made_new (map, NOISE, 0);
  guint64 length;

  if (qemu_is_missing ()) {
    vg_body_free (&made->body);
    return;
  }
  made->blank = blank;
  estimate = make_estimate (&way, made);
  {
    g_autoptr (VgBody) body = new_body (&way, made, estimate);

    g_assert_cmpuint (body->length, <, MIB);
    assert_fails (body, VG_IMAGE_ERROR, VG_IMAGE_ERROR_TIGHT);
    g_assert_cmpuint (made->position, <, 10 * MIB);
  }
  {
    g_autoptr (VgMap) sample = vg_estimate_choose (estimate, map);
    Made *taken = made_new (sample, NOISE, 0);
    g_autoptr (VgBody) data = &taken->body;

    taken->blank = blank;
    g_assert_true (vg_estimate_read (estimate, &levels, sample, data, NULL));
  }
  made = made_new (map, NOISE, 0);
  made->blank = blank;
  length = assert_sound_body (new_body (&way, made, estimate), made);
  g_assert_cmpuint (length, >=, 24 * MIB);
  g_assert_cmpuint (length, <=, vg_image_length (VG_IMAGE_QCOW2, map));
}

static void
test_broken (void)
{
  g_autoptr (VgMap) map = made_full_map (400 * C);
  const Way way = { .compression = VG_COMPRESSION_ZSTD };
  VgCodecLevels levels = vg_codec_get_levels (way.compression, 0);
  g_autoptr (GError) broken = NULL, short_ = NULL;
  Made *made = made_new (map, TEXT, 3);
  g_autoptr (VgEstimate) estimate = make_estimate (&way, made);
  g_autoptr (VgBody) body = NULL, sample = &made->body, cut = NULL;

  made->fail_at = 100 * C;
  g_assert_false (vg_estimate_read (estimate, &levels, map, sample, &broken));
  g_assert_error (broken, G_IO_ERROR, G_IO_ERROR_FAILED);

  made = made_new (map, TEXT, 3);
  made->body.length = 300 * C;
  cut = new_body (&way, made, estimate);
  assert_fails (cut, VG_IMAGE_ERROR, VG_IMAGE_ERROR_SHORT);

  /* After a rewind, reading succeeds. */
  made = made_new (map, TEXT, 3);
  body = new_body (&way, made, estimate);
  made->fail_at = 200 * C;
  assert_fails (body, G_IO_ERROR, G_IO_ERROR_FAILED);
  made->fail_at = G_MAXUINT64;
  g_assert_true (vg_body_rewind (body, NULL));
  made_drain (body, NULL, NULL);
}

static void
test_too_large (void)
{
  g_autoptr (VgMap) map = vg_map_new (((guint64) 2 << 50) + 1);
  VgCodecLevels levels = vg_codec_get_levels (VG_COMPRESSION_ZSTD, 0);
  g_autoptr (VgEstimate) estimate = vg_estimate_new (map);
  g_autoptr (GError) error = NULL;
  Made *made = made_new (map, ZEROES, 0);

  g_assert_null (
      vg_qcow2_stream_new (&levels, map, &made->body, estimate, FALSE, &error));
  g_assert_error (error, VG_IMAGE_ERROR, VG_IMAGE_ERROR_TOO_LARGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stream/sizes", test_sizes);
  g_test_add_func ("/stream/mixtures", test_mixtures);
  g_test_add_func ("/stream/lengths", test_lengths);
  g_test_add_func ("/stream/halves", test_halves);
  g_test_add_func ("/stream/zeroes", test_zeroes);
  g_test_add_func ("/stream/zeroes-known", test_zeroes_known);
  g_test_add_func ("/stream/levels", test_levels);
  g_test_add_func ("/stream/large-sparse", test_large_sparse);
  g_test_add_func ("/stream/misled", test_misled);
  g_test_add_func ("/stream/dense", test_dense);
  g_test_add_func ("/stream/last-file", test_last_file);
  g_test_add_func ("/stream/misled-zeroes", test_misled_zeroes);
  g_test_add_func ("/stream/broken", test_broken);
  g_test_add_func ("/stream/too-large", test_too_large);
  return g_test_run ();
}

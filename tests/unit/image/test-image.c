/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Image streams: length, layout, equal bytes for reads of any size and after a
 * rewind, and failing disks. test-image-qemu lets QEMU check the images. */
#include "image/image.h"

#include <gio/gio.h>
#include <malloc.h>
#include <string.h>

#include "image/qcow2-layout.h"
#include "lib/pattern.h"

#define KIB G_GUINT64_CONSTANT (1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)
#define TIB (GIB * 1024)
#define C VG_QCOW2_CLUSTER

static void
test_format_names (void)
{
  VgImageFormat format;

  g_assert_cmpstr (vg_image_format_to_string (VG_IMAGE_RAW), ==, "raw");
  g_assert_cmpstr (vg_image_format_to_string (VG_IMAGE_QCOW2), ==, "qcow2");
  g_assert_true (vg_image_format_from_string ("raw", &format));
  g_assert_cmpint (format, ==, VG_IMAGE_RAW);
  g_assert_true (vg_image_format_from_string ("qcow2", &format));
  g_assert_cmpint (format, ==, VG_IMAGE_QCOW2);
  g_assert_false (vg_image_format_from_string ("vmdk", &format));
  g_assert_false (vg_image_format_from_string ("", &format));
  g_assert_false (vg_image_format_from_string (NULL, &format));
}

/* Expected values computed independently of the code: add refcount blocks until
 * the file counts itself. */
static void
test_layout (void)
{
  static const struct {
    guint64 size, n_l2, n_data;
    guint64 n_reftable, n_refblocks, n_l1, end;
  } cases[] = {
    { 0, 0, 0, 1, 1, 0, 3 },
    { 1, 0, 0, 1, 1, 1, 4 },
    { 511, 1, 1, 1, 1, 1, 6 },
    { 65536, 1, 1, 1, 1, 1, 6 },
    { 512 * MIB, 1, 8192, 1, 1, 1, 8197 },
    { 512 * MIB + 1, 2, 8193, 1, 1, 1, 8199 },
    { 2 * GIB, 4, 32759, 1, 1, 1, 32767 },
    { 2 * GIB, 4, 32760, 1, 1, 1, 32768 },
    { 2 * GIB, 4, 32761, 1, 2, 1, 32770 },
    { 16 * TIB, 1, 1, 1, 1, 4, 9 },
    { 16 * TIB, 32768, 134217728, 1, 4098, 4, 134254600 },
    { 16 * TIB, 32768, 268435456, 2, 8194, 4, 268476425 },
    { 2048 * TIB, 0, 0, 1, 1, 512, 515 },
    { 2048 * TIB, 4194304, 34351349760, 128, 1048481, 512, 34356593186 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    VgQcow2Layout layout;

    g_assert_true (vg_qcow2_layout (&layout, cases[i].size, cases[i].n_l2,
                                    cases[i].n_data));
    g_assert_cmpuint (layout.n_reftable, ==, cases[i].n_reftable);
    g_assert_cmpuint (layout.n_refblocks, ==, cases[i].n_refblocks);
    g_assert_cmpuint (layout.n_l1, ==, cases[i].n_l1);
    g_assert_cmpuint (layout.end, ==, cases[i].end);
    g_assert_cmpuint (layout.reftable, ==, 1);
    g_assert_cmpuint (layout.refblocks, ==, 1 + layout.n_reftable);
    g_assert_cmpuint (layout.l1, ==, layout.refblocks + layout.n_refblocks);
    g_assert_cmpuint (layout.l2, ==, layout.l1 + layout.n_l1);
    g_assert_cmpuint (layout.data, ==, layout.l2 + cases[i].n_l2);
  }
}

/* Around every boundary of a refcount block, the number of refcount blocks is
 * the smallest sufficient one. */
static void
test_layout_borders (void)
{
  for (guint64 border = 1; border < 9000; border += border < 20 ? 1 : 499)
    for (guint64 off = 0; off < 40; off++) {
      guint64 n_data = border * VG_QCOW2_BLOCK_ENTRIES - border - 30 + off;
      VgQcow2Layout layout;
      guint64 fewer, n_others, n_table;

      g_assert_true (vg_qcow2_layout (&layout, 2048 * TIB, 0, n_data));
      g_assert_cmpuint (layout.end, <=,
                        layout.n_refblocks * VG_QCOW2_BLOCK_ENTRIES);
      g_assert_cmpuint (layout.n_refblocks, <=,
                        layout.n_reftable * VG_QCOW2_TABLE_ENTRIES);

      n_others = layout.end - layout.n_refblocks - layout.n_reftable;
      fewer = layout.n_refblocks - 1;
      n_table = (fewer + VG_QCOW2_TABLE_ENTRIES - 1) / VG_QCOW2_TABLE_ENTRIES;
      g_assert_cmpuint (n_others + fewer + n_table, >,
                        fewer * VG_QCOW2_BLOCK_ENTRIES);
    }
}

static void
test_layout_limits (void)
{
  /* A full refcount table of 8 MiB: 2^35 clusters. */
  guint64 most = (G_GUINT64_CONSTANT (1) << 35) - (1 << 20) - 128 - 512 - 1;
  VgQcow2Layout layout;

  g_assert_true (vg_qcow2_layout (&layout, 2048 * TIB, 0, most));
  g_assert_cmpuint (layout.end, ==, G_GUINT64_CONSTANT (1) << 35);
  g_assert_false (vg_qcow2_layout (&layout, 2048 * TIB, 0, most + 1));
  g_assert_false (vg_qcow2_layout (&layout, 2048 * TIB + 1, 0, 0));
  g_assert_false (vg_qcow2_layout (&layout, G_MAXUINT64, 0, 0));
}

static void
test_lengths (void)
{
  static const struct {
    guint64 size;
    guint64 at, length; /* of the data */
    guint64 qcow2;      /* clusters */
  } cases[] = {
    { 0, 0, 0, 3 },
    { 1, 0, 0, 4 },
    { 1, 0, 1, 6 },
    { 511, 0, 511, 6 },
    { 512, 511, 1, 6 },
    { 65535, 0, 65535, 6 },
    { 65536, 0, 65536, 6 },
    { 65537, 65535, 2, 7 },
    { 512 * MIB - 1, 0, 512 * MIB, 8197 },
    { 512 * MIB + 1, 512 * MIB, 1, 6 },
    { 512 * MIB + 1, 512 * MIB - 1, 2, 8 },
    { 512 * MIB + 1, 0, 512 * MIB + 1, 8199 },
    { 16 * TIB, 8 * TIB, 1, 9 },
    { 16 * TIB, 0, 16 * TIB, 268476425 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (VgMap) map = vg_map_new (cases[i].size);

    vg_map_add (map, cases[i].at, cases[i].length);
    g_assert_cmpuint (vg_image_length (VG_IMAGE_RAW, map), ==, cases[i].size);
    g_assert_cmpuint (vg_image_length (VG_IMAGE_QCOW2, map), ==,
                      cases[i].qcow2 * C);
  }
}

static VgBody *
new_image (VgImageFormat format, const VgMap *map, guint64 seed,
           PatternBody **inner)
{
  Pattern pattern = { .seed = seed, .every = 1 };
  PatternBody *data = pattern_body_new (map, &pattern);
  g_autoptr (GError) error = NULL;
  VgBody *body = vg_image_new (format, map, &data->body, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (body->length, ==, vg_image_length (format, map));
  if (inner != NULL)
    *inner = data;
  return body;
}

static void
test_too_large (void)
{
  g_autoptr (VgMap) map = vg_map_new (2048 * TIB + 1);
  Pattern pattern = { .every = 1 };
  PatternBody *data = pattern_body_new (map, &pattern);
  g_autoptr (GError) error = NULL;
  gboolean freed = FALSE;

  data->freed = &freed;
  g_assert_cmpuint (vg_image_length (VG_IMAGE_QCOW2, map), ==, 0);
  g_assert_null (vg_image_new (VG_IMAGE_QCOW2, map, &data->body, &error));
  g_assert_error (error, VG_IMAGE_ERROR, VG_IMAGE_ERROR_TOO_LARGE);
  g_assert_true (freed);
  g_assert_cmpuint (vg_image_length (VG_IMAGE_RAW, map), ==, 2048 * TIB + 1);
}

/* Reads to the end with reads of at most chunk bytes (0: random). Returns the
 * SHA-256 and the length. */
static char *
digest_body (VgBody *body, gsize chunk, guint64 *length)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_autofree guint8 *buf = g_malloc (3 * MIB);

  *length = 0;
  for (;;) {
    g_autoptr (GError) error = NULL;
    gsize n = chunk ? chunk : (gsize) g_rand_int_range (rand, 1, 3 * MIB);
    gssize got;

    buf[n] = 0xa5;
    got = vg_body_read (body, buf, n, &error);
    g_assert_no_error (error);
    g_assert_cmpint (got, <=, (gssize) n);
    g_assert_cmpuint (buf[n], ==, 0xa5);
    if (got == 0)
      break;
    *length += (guint64) got;
    g_checksum_update (sum, buf, got);
  }
  g_assert_cmpint (vg_body_read (body, buf, 1, NULL), ==, 0);
  return g_strdup (g_checksum_get_string (sum));
}

/* Data blocks and holes, runs, and a short last block; for qcow2 large enough
 * to have two L2 tables. */
static VgMap *
new_map (VgImageFormat format)
{
  VgMap *map = vg_map_new ((format == VG_IMAGE_RAW ? 20 : 12800) * C + 777);

  vg_map_add (map, 0, 1);
  vg_map_add (map, 3 * C, 4 * C);
  vg_map_add (map, 8190 * C, 5 * C);
  vg_map_add (map, vg_map_get_size (map) - 1, 1);
  return map;
}

static void
test_chunks (void)
{
  static const gsize chunks[] = { 1,     7,     511,     4096, 65535,
                                  65536, 65537, 1000003, 0 };

  for (int format = VG_IMAGE_RAW; format <= VG_IMAGE_QCOW2; format++) {
    g_autoptr (VgMap) map =
        format == VG_IMAGE_RAW ? vg_map_new (9 * C + 777) : new_map (format);
    g_autofree char *whole = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS (chunks); i++) {
      g_autoptr (VgBody) body = new_image (format, map, 7, NULL);
      guint64 length;
      g_autofree char *sum = digest_body (body, chunks[i], &length);

      g_assert_cmpuint (length, ==, body->length);
      if (whole == NULL)
        whole = g_steal_pointer (&sum);
      else
        g_assert_cmpstr (sum, ==, whole);
    }
  }
}

static void
test_rewind (void)
{
  for (int format = VG_IMAGE_RAW; format <= VG_IMAGE_QCOW2; format++) {
    g_autoptr (VgMap) map = new_map (format);
    PatternBody *inner;
    g_autoptr (VgBody) body = new_image (format, map, 3, &inner);
    guint64 length;
    g_autofree char *whole = digest_body (body, 0, &length);
    /* In the header, the tables, the data, the last bytes. */
    guint64 stops[] = { 0,     1,          C + 5,      5 * C + 9,
                        9 * C, 12 * C + 1, length - 1, length };

    for (gsize i = 0; i < G_N_ELEMENTS (stops); i++) {
      g_autofree char *sum = NULL;
      guint8 buf[4099];

      g_assert_true (vg_body_rewind (body, NULL));
      for (guint64 at = 0; at < stops[i];)
        at += (guint64) vg_body_read (body, buf,
                                      MIN (sizeof buf, stops[i] - at), NULL);
      g_assert_true (vg_body_rewind (body, NULL));
      sum = digest_body (body, 0, &length);
      g_assert_cmpstr (sum, ==, whole);
    }
    inner->no_rewind = TRUE;
    g_assert_false (vg_body_rewind (body, NULL));
  }
}

/* Reads until an error or the end. Returns the number of bytes read. */
static guint64
read_all (VgBody *body, GError **error)
{
  g_autofree guint8 *buf = g_malloc (MIB);
  guint64 total = 0;
  gssize got;

  while ((got = vg_body_read (body, buf, MIB, error)) > 0)
    total += (guint64) got;
  g_assert_cmpint (got, <=, 0);
  g_assert_true ((got < 0) == (error != NULL && *error != NULL));
  return total;
}

static void
test_short_and_broken (void)
{
  for (int format = VG_IMAGE_RAW; format <= VG_IMAGE_QCOW2; format++) {
    g_autoptr (VgMap) map = new_map (format);
    PatternBody *inner;
    g_autoptr (VgBody) body = new_image (format, map, 3, &inner);
    g_autoptr (GError) error = NULL;
    g_autofree char *message = NULL;
    guint64 all = inner->available;

    inner->available = all - 1;
    g_assert_cmpuint (read_all (body, &error), <, body->length);
    g_assert_error (error, VG_IMAGE_ERROR, VG_IMAGE_ERROR_SHORT);
    message = g_strdup (error->message);
    g_clear_error (&error);
    g_assert_true (vg_body_rewind (body, NULL));
    g_assert_cmpuint (read_all (body, &error), <, body->length);
    g_assert_cmpstr (error->message, ==, message);
    g_clear_error (&error);

    inner->available = all;
    inner->fail_at = all / 2;
    g_assert_true (vg_body_rewind (body, NULL));
    g_assert_cmpuint (read_all (body, &error), <, body->length);
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
    g_clear_error (&error);

    inner->fail_at = G_MAXUINT64;
    g_assert_true (vg_body_rewind (body, NULL));
    g_assert_cmpuint (read_all (body, &error), ==, body->length);
    g_assert_no_error (error);
  }
}

/* Data must be read straight into the reader's buffer. */
static void
test_no_copy (void)
{
  for (int format = VG_IMAGE_RAW; format <= VG_IMAGE_QCOW2; format++) {
    g_autoptr (VgMap) map = new_map (format);
    PatternBody *inner;
    g_autoptr (VgBody) body = new_image (format, map, 3, &inner);
    g_autofree guint8 *buf = g_malloc (MIB);
    guint64 done = 0, reads = 0;

    while (vg_body_read (body, buf, MIB, NULL) > 0)
      if (inner->done > done) {
        g_assert_true (inner->last_buf == buf);
        done = inner->done;
        reads++;
      }
    g_assert_cmpuint (done, ==, vg_map_get_data_bytes (map));
    g_assert_cmpuint (reads, >=, 3);
  }
}

static guint64
get_be (const guint8 *buf, guint bytes)
{
  guint64 value = 0;

  while (bytes-- > 0)
    value = value << 8 | *buf++;
  return value;
}

/* The fields that Glance's image inspection reads. */
static void
test_qcow2_header (void)
{
  g_autoptr (VgMap) map = new_map (VG_IMAGE_QCOW2);
  g_autoptr (VgBody) body = new_image (VG_IMAGE_QCOW2, map, 3, NULL);
  guint8 buf[512];

  g_assert_cmpint (vg_body_read (body, buf, sizeof buf, NULL), ==, sizeof buf);
  g_assert_cmpint (memcmp (buf, "QFI\xfb", 4), ==, 0);
  g_assert_cmpuint (get_be (buf + 4, 4), ==, 3);
  g_assert_cmpuint (get_be (buf + 8, 12), ==, 0); /* backing file */
  g_assert_cmpuint (get_be (buf + 20, 4), ==, 16);
  g_assert_cmpuint (get_be (buf + 24, 8), ==, 12800 * C + 1024);
  g_assert_cmpuint (get_be (buf + 32, 4), ==, 0); /* encryption */
  g_assert_cmpuint (get_be (buf + 36, 4), ==, 2);
  g_assert_cmpuint (get_be (buf + 40, 8), ==, 3 * C);
  g_assert_cmpuint (get_be (buf + 48, 8), ==, 1 * C);
  g_assert_cmpuint (get_be (buf + 56, 4), ==, 1);
  g_assert_cmpuint (get_be (buf + 60, 4), ==, 0); /* snapshots */
  for (guint i = 64; i < 96; i += 8)
    g_assert_cmpuint (get_be (buf + i, 8), ==, 0); /* and features */
  g_assert_cmpuint (get_be (buf + 96, 4), ==, 4);
  g_assert_cmpuint (get_be (buf + 100, 4), ==, 104);
  for (guint i = 104; i < sizeof buf; i++)
    g_assert_cmpuint (buf[i], ==, 0); /* no extensions */
}

/* Map and image of 16 TiB with every group of blocks fragmented; all metadata
 * is read. */
static void
test_memory (void)
{
  struct mallinfo2 before = mallinfo2 (), after;
  g_autoptr (VgMap) map = vg_map_new (16 * TIB);
  g_autoptr (VgBody) body = NULL;
  g_autofree guint8 *buf = g_malloc (MIB);
  VgQcow2Layout layout;

  for (guint64 at = 0; at < 16 * TIB; at += 128 * MIB)
    vg_map_add (map, at, 2 * C);
  body = new_image (VG_IMAGE_QCOW2, map, 1, NULL);
  g_assert_true (vg_qcow2_layout (&layout, 16 * TIB, 32768, 32768 * 8));
  g_assert_cmpuint (body->length, ==, layout.end * C);
  for (guint64 left = layout.data * C; left > 0;)
    left -= (guint64) vg_body_read (body, buf, MIN (MIB, left), NULL);

  after = mallinfo2 ();
  g_assert_cmpuint (after.uordblks + after.hblkhd, <,
                    before.uordblks + before.hblkhd + 40 * MIB);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/image/format-names", test_format_names);
  g_test_add_func ("/image/layout", test_layout);
  g_test_add_func ("/image/layout-borders", test_layout_borders);
  g_test_add_func ("/image/layout-limits", test_layout_limits);
  g_test_add_func ("/image/lengths", test_lengths);
  g_test_add_func ("/image/too-large", test_too_large);
  g_test_add_func ("/image/chunks", test_chunks);
  g_test_add_func ("/image/rewind", test_rewind);
  g_test_add_func ("/image/short-and-broken", test_short_and_broken);
  g_test_add_func ("/image/no-copy", test_no_copy);
  g_test_add_func ("/image/qcow2-header", test_qcow2_header);
  g_test_add_func ("/image/memory", test_memory);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The map of data blocks, compared with a plain array of blocks, and at the
 * edges: empty disks, short last blocks, groups, the largest sizes. */
#include "util/map.h"

#include <malloc.h>

#define KIB G_GUINT64_CONSTANT (1024)
#define MIB (KIB * 1024)
#define TIB (MIB * 1024 * 1024)
#define BLOCK VG_MAP_BLOCK_SIZE

static void
test_empty (void)
{
  g_autoptr (VgMap) map = vg_map_new (0);
  guint64 first, n;

  vg_map_add (map, 0, 0);
  vg_map_add (map, 0, 1);
  g_assert_cmpuint (vg_map_get_size (map), ==, 0);
  g_assert_cmpuint (vg_map_get_n_blocks (map), ==, 0);
  g_assert_cmpuint (vg_map_get_n_data_blocks (map), ==, 0);
  g_assert_cmpuint (vg_map_get_data_bytes (map), ==, 0);
  g_assert_cmpuint (vg_map_get_group_count (map, 0), ==, 0);
  g_assert_false (vg_map_is_data (map, 0));
  g_assert_false (vg_map_next_run (map, 0, &first, &n));
}

static void
test_short_last_block (void)
{
  g_autoptr (VgMap) map = vg_map_new (3 * BLOCK + 1);
  guint64 first, n;

  g_assert_cmpuint (vg_map_get_n_blocks (map), ==, 4);
  vg_map_add (map, BLOCK - 1, 2);
  g_assert_cmpuint (vg_map_get_data_bytes (map), ==, 2 * BLOCK);
  vg_map_add (map, 3 * BLOCK, 1);
  g_assert_cmpuint (vg_map_get_n_data_blocks (map), ==, 3);
  g_assert_cmpuint (vg_map_get_data_bytes (map), ==, 2 * BLOCK + 1);
  g_assert_true (vg_map_next_run (map, 2, &first, &n));
  g_assert_cmpuint (first, ==, 3);
  g_assert_cmpuint (n, ==, 1);

  /* The whole disk, by a range that exceeds the end and would overflow. */
  vg_map_add (map, 1, G_MAXUINT64);
  g_assert_cmpuint (vg_map_get_data_bytes (map), ==, 3 * BLOCK + 1);
  g_assert_cmpuint (vg_map_get_group_count (map, 0), ==, 4);
  g_assert_false (vg_map_is_data (map, 4));
}

static void
test_beyond_the_end (void)
{
  g_autoptr (VgMap) map = vg_map_new (10 * BLOCK);

  vg_map_add (map, 10 * BLOCK, BLOCK);
  vg_map_add (map, G_MAXUINT64, G_MAXUINT64);
  vg_map_add (map, 3 * BLOCK, 0);
  g_assert_cmpuint (vg_map_get_n_data_blocks (map), ==, 0);
  g_assert_false (vg_map_is_data (map, G_MAXUINT64));
  g_assert_cmpuint (vg_map_get_group_count (map, 1), ==, 0);
  g_assert_cmpuint (vg_map_get_group_count (map, G_MAXUINT64), ==, 0);
  vg_map_add (map, 0, 1);
  g_assert_cmpuint (vg_map_get_group_count (map, G_GUINT64_CONSTANT (1) << 51),
                    ==, 0);
}

/* Compares every result of the map with an array of one byte per block. */
static void
assert_like (const VgMap *map, const guint8 *model, guint64 n_blocks)
{
  guint64 total = 0, next = 0, first, n;

  for (guint64 i = 0; i < n_blocks; i++) {
    g_assert_cmpint (vg_map_is_data (map, i), ==, model[i]);
    total += model[i];
  }
  g_assert_cmpuint (vg_map_get_n_data_blocks (map), ==, total);

  for (guint64 group = 0; group * 8192 < n_blocks; group++) {
    guint count = 0;

    for (guint64 i = group * 8192; i < MIN (n_blocks, (group + 1) * 8192); i++)
      count += model[i];
    g_assert_cmpuint (vg_map_get_group_count (map, group), ==, count);
  }

  while (vg_map_next_run (map, next, &first, &n)) {
    for (; next < first; next++)
      g_assert_cmpint (model[next], ==, 0);
    for (; next < first + n; next++)
      g_assert_cmpint (model[next], ==, 1);
    g_assert_true (next == n_blocks || model[next] == 0);
  }
  for (; next < n_blocks; next++)
    g_assert_cmpint (model[next], ==, 0);
}

static void
test_against_array (void)
{
  for (guint32 seed = 0; seed < 60; seed++) {
    g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
    guint64 size = (guint64) g_rand_double_range (rand, 1, 4e9);
    g_autoptr (VgMap) map = vg_map_new (size);
    guint64 n_blocks = vg_map_get_n_blocks (map);
    g_autofree guint8 *model = g_malloc0 (n_blocks);
    double longest = seed % 3 == 0 ? 2e9 : seed % 3 == 1 ? 1e7 : 1e5;

    for (guint i = 0; i < (seed % 3 == 0 ? 6 : 400); i++) {
      guint64 offset = (guint64) g_rand_double_range (rand, 0, (double) size);
      guint64 length = (guint64) g_rand_double_range (rand, 1, longest);

      vg_map_add (map, offset, length);
      length = MIN (length, size - offset);
      for (guint64 b = offset / BLOCK; b <= (offset + length - 1) / BLOCK; b++)
        model[b] = 1;
    }
    assert_like (map, model, n_blocks);
  }
}

/* Bytes allocated at present. */
static guint64
count_allocated (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

/* Groups filled by single blocks must give the same map as one range, and one
 * that is just as small. */
static void
test_fill_up (void)
{
  guint64 size = 64 * 512 * MIB + 5;
  guint64 before = count_allocated ();
  g_autoptr (VgMap) map = vg_map_new (size);
  guint64 n_blocks = vg_map_get_n_blocks (map);
  guint64 first, n;

  for (guint64 i = 0; i < n_blocks; i += 2)
    vg_map_add (map, i * BLOCK, 1);
  for (guint64 i = n_blocks; i-- > 0;)
    vg_map_add (map, i * BLOCK, 1);
  g_assert_cmpuint (vg_map_get_data_bytes (map), ==, size);
  g_assert_cmpuint (vg_map_get_group_count (map, 63), ==, 8192);
  g_assert_cmpuint (vg_map_get_group_count (map, 64), ==, 1);
  g_assert_cmpuint (vg_map_get_group_count (map, 65), ==, 0);
  g_assert_cmpuint (count_allocated (), <, before + 4 * KIB);
  g_assert_true (vg_map_next_run (map, 77, &first, &n));
  g_assert_cmpuint (first, ==, 77);
  g_assert_cmpuint (n, ==, n_blocks - 77);
}

/* On a disk of the largest size, memory depends only on the marked blocks. */
static void
test_largest (void)
{
  guint64 size = G_MAXUINT64;
  g_autoptr (VgMap) map = vg_map_new (size);
  guint64 last = vg_map_get_n_blocks (map) - 1;
  guint64 first, n;

  g_assert_cmpuint (last, ==, (G_GUINT64_CONSTANT (1) << 48) - 1);
  vg_map_add (map, size - 1, 1);
  vg_map_add (map, 40 * TIB, 17 * TIB);
  g_assert_cmpuint (vg_map_get_data_bytes (map), ==, 17 * TIB + BLOCK - 1);
  g_assert_true (vg_map_next_run (map, 0, &first, &n));
  g_assert_cmpuint (first * BLOCK, ==, 40 * TIB);
  g_assert_cmpuint (n * BLOCK, ==, 17 * TIB);
  g_assert_true (vg_map_next_run (map, first + n, &first, &n));
  g_assert_cmpuint (first, ==, last);
  g_assert_cmpuint (n, ==, 1);
  g_assert_false (vg_map_next_run (map, last + 1, &first, &n));

  vg_map_add (map, 0, size);
  g_assert_cmpuint (vg_map_get_data_bytes (map), ==, size);
  g_assert_true (vg_map_next_run (map, 5, &first, &n));
  g_assert_cmpuint (n, ==, last - 4);
}

/* The worst case: 16 TiB with no group empty or full. A bitmap's size does not
 * depend on the number of bits set. */
static void
test_memory (void)
{
  guint64 before = count_allocated ();
  g_autoptr (VgMap) map = vg_map_new (16 * TIB);
  guint64 n_blocks = vg_map_get_n_blocks (map);

  for (guint64 i = 0; i < n_blocks; i += VG_MAP_GROUP_BLOCKS / 4)
    vg_map_add (map, i * BLOCK, BLOCK);
  g_assert_cmpuint (vg_map_get_n_data_blocks (map), ==, n_blocks / 2048);
  g_assert_cmpuint (count_allocated (), <, before + 36 * MIB);

  vg_map_add (map, 0, 16 * TIB);
  g_assert_cmpuint (count_allocated (), <, before + MIB);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/map/empty", test_empty);
  g_test_add_func ("/map/short-last-block", test_short_last_block);
  g_test_add_func ("/map/beyond-the-end", test_beyond_the_end);
  g_test_add_func ("/map/against-array", test_against_array);
  g_test_add_func ("/map/fill-up", test_fill_up);
  g_test_add_func ("/map/largest", test_largest);
  g_test_add_func ("/map/memory", test_memory);
  return g_test_run ();
}

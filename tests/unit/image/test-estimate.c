/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Samples, what is learned in a try, and the levels that a budget leads to.
 * With --places SIZE N: prints where the first N samples of a full disk of SIZE
 * bytes are read, as block numbers. */
#include "image/budget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/made.h"

/* What a broken-off try has learned is kept: with the same sample again, only
 * what it did not reach is believed. */
static void
test_learned (void)
{
  g_autoptr (VgMap) map = made_full_map (64 * MIB);
  g_autoptr (VgEstimate) estimate = vg_estimate_new (map);
  VgCodecLevels levels = vg_codec_get_levels (VG_COMPRESSION_ZSTD, 0);

  for (guint64 i = 0; i < 512; i++)
    vg_estimate_learn (estimate, i, 1000);
  vg_estimate_begin (estimate);
  for (guint64 i = 0; i < 512; i++) /* it began again */
    vg_estimate_learn (estimate, i, 30000);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (VgMap) sample = vg_estimate_choose (estimate, map);
    Made *made = made_new (sample, ZEROES, 0);
    g_autoptr (VgBody) data = &made->body;

    g_assert_true (vg_estimate_read (estimate, &levels, sample, data, NULL));
    g_assert_cmpuint (vg_estimate_get_forecast (estimate, 0).bytes, ==,
                      512 * 30000);
    g_assert_cmpuint (vg_estimate_get_forecast (estimate, 510).bytes, ==,
                      2 * 30000);
    g_assert_cmpuint (vg_estimate_get_forecast (estimate, 512).bytes, ==, 0);
  }
}

/* Samples have one block of each stratum, each sample has others, and the
 * greater sizes count. */
static void
test_samples (void)
{
  g_autoptr (VgMap) map = vg_map_new (1 << 30);
  g_autoptr (VgEstimate) estimate = NULL;
  g_autoptr (VgMap) first = NULL, second = NULL;
  VgCodecLevels levels = vg_codec_get_levels (VG_COMPRESSION_ZSTD, 0);
  guint same = 0;

  for (guint64 at = 0; at < 1 << 30; at += 5 * C)
    vg_map_add (map, at, 3 * C);
  estimate = vg_estimate_new (map);
  first = vg_estimate_choose (estimate, map);
  Made *made = made_new (first, BYTE, 0);
  g_autoptr (VgBody) data = &made->body;
  g_assert_true (vg_estimate_read (estimate, &levels, first, data, NULL));
  second = vg_estimate_choose (estimate, map);
  g_assert_cmpuint (vg_map_get_n_data_blocks (first), ==,
                    vg_map_get_n_data_blocks (map) / 32);
  g_assert_cmpuint (vg_map_get_n_data_blocks (second), ==,
                    vg_map_get_n_data_blocks (map) / 32);
  Made *zeroes = made_new (second, ZEROES, 0);
  g_autoptr (VgBody) none = &zeroes->body;
  const VgForecast before = vg_estimate_get_forecast (estimate, 0);
  g_assert_true (vg_estimate_read (estimate, &levels, second, none, NULL));
  g_assert_cmpuint (before.bytes, >, 0);
  g_assert_cmpuint (vg_estimate_get_forecast (estimate, 0).bytes, ==,
                    before.bytes);
  for (guint64 i = 0; i < vg_map_get_n_blocks (map); i++) {
    g_assert_false (vg_map_is_data (first, i) && !vg_map_is_data (map, i));
    same += vg_map_is_data (first, i) && vg_map_is_data (second, i);
  }
  g_assert_cmpuint (same, <, 60);
}

static VgEstimate *
read_estimate (const VgMap *map, Kind kind, const VgCodecLevels *levels)
{
  VgEstimate *estimate = vg_estimate_new (map);
  g_autoptr (VgMap) sample = vg_estimate_choose (estimate, map);
  Made *made = made_new (sample, kind, 1);
  g_autoptr (VgBody) data = &made->body;

  g_assert_true (vg_estimate_read (estimate, levels, sample, data, NULL));
  return estimate;
}

static gint
choose_one (guint64 number G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  return 1;
}

/* The estimate is near the truth, and its margin covers the difference. */
static void
test_forecast (void)
{
  static const Kind kinds[] = { ZEROES, NOISE, TEXT, MIXTURE, HALVES };
  g_autoptr (VgMap) map = made_full_map (256 * MIB);
  VgCodecLevels levels = vg_codec_get_levels (VG_COMPRESSION_ZSTD, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autoptr (VgEstimate) estimate = read_estimate (map, kinds[i], &levels);
    VgForecast forecast = vg_estimate_get_forecast (estimate, 0);
    Made *made = made_new (map, kinds[i], 1);
    g_autoptr (VgBody) data = &made->body;
    guint64 truth = 0;

    g_autoptr (VgBlockScan) scan =
        vg_block_scan_new (VG_COMPRESSION_ZSTD, map, data, choose_one, NULL);
    for (const VgBlock *block = NULL;
         vg_block_scan_next (scan, &block, NULL) && block != NULL;)
      truth += block->kind == VG_BLOCK_ZERO ? 0 : block->length;
    if (kinds[i] == NOISE || kinds[i] == ZEROES)
      g_assert_cmpuint (forecast.bytes, ==, truth);
    g_assert_cmpuint (forecast.bytes + forecast.margin, >=, truth);
    g_assert_cmpuint (truth + forecast.margin, >=, forecast.bytes);
    g_assert_cmpuint (forecast.margin, <, 64 * MIB);
    g_assert_cmpuint (forecast.margin, >, 0);
  }
}

static gint
level_at (const VgBudget *budget, guint64 number, guint64 left)
{
  VgBudget fresh = *budget;
  VgBudgetState state = { .left = left };

  return vg_budget_choose (&fresh, number, &state);
}

/* The less is left, the higher the level. */
static void
test_levels (void)
{
  g_autoptr (VgMap) map = made_full_map (256 * MIB);
  VgCodecLevels levels = vg_codec_get_levels (VG_COMPRESSION_ZSTD, 0);
  g_autoptr (VgEstimate) estimate = read_estimate (map, HALVES, &levels);
  VgForecast forecast = vg_estimate_get_forecast (estimate, 0);
  const guint64 margin = forecast.margin;
  const guint64 bytes = forecast.bytes;
  VgBudgetState state = { 0 };
  VgBudget budget;
  guint64 room;

  vg_budget_init (&budget, estimate, &levels, map, FALSE);
  g_assert_false (budget.certain);
  room = budget.room * C;
  g_assert_cmpint (level_at (&budget, 0, room), ==, 1);
  g_assert_cmpint (level_at (&budget, 0, room - margin * 9 / 10), ==, 3);
  g_assert_cmpint (level_at (&budget, 0, room - margin - bytes / 100), ==, 5);
  g_assert_cmpint (level_at (&budget, 0, room - margin - bytes / 25), ==, 9);
  g_assert_cmpint (level_at (&budget, 0, room - margin - bytes / 10), ==, 12);
  state.left = budget.room * C;
  g_assert_false (vg_budget_is_hopeless (&budget, &state));
  state.left -= forecast.bytes / 8;
  g_assert_false (vg_budget_is_hopeless (&budget, &state));
  state.left = 0;
  g_assert_true (vg_budget_is_hopeless (&budget, &state));
  vg_budget_init (&budget, estimate, &levels, map, TRUE);
  g_assert_cmpuint (budget.room, ==, 4096 + 1);
  g_assert_false (vg_budget_is_hopeless (&budget, &state));
  g_assert_cmpint (level_at (&budget, 0, 0), ==, 1);
}

/* What is left over is spent, as far as it is, and not for blocks that get much
 * smaller. */
static void
test_spare (void)
{
  g_autoptr (VgMap) map = made_full_map (256 * MIB);
  VgCodecLevels levels = vg_codec_get_levels (VG_COMPRESSION_ZSTD, 0);
  g_autoptr (VgEstimate) estimate = read_estimate (map, TEXT, &levels);
  VgBudgetState state = { 0 };
  VgBudget budget;
  guint64 spent = 0, margin;

  vg_budget_init (&budget, estimate, &levels, map, FALSE);
  margin = vg_estimate_get_forecast (estimate, 0).margin;
  state.left = budget.room * C + 3 * C;
  g_assert_cmpint (level_at (&budget, 0, state.left), ==, 1);
  state.left += margin;
  for (guint64 i = 0; i <= VG_BLOCK_SCAN_AHEAD; i++) {
    guint64 size = vg_estimate_get_forecast (estimate, i).first;
    gint level = vg_budget_choose (&budget, i, &state);

    if (size < C / 4)
      g_assert_cmpint (level, ==, 1);
    if (level == VG_BLOCK_SCAN_PLAIN)
      spent += C - size;
  }
  g_assert_cmpuint (spent, >, 2 * C);
  g_assert_cmpuint (spent, <=, 5 * C);
}

/* What can't be compressed is not tried, but for one block in eight; until one
 * of these can, or beside a stratum of which the sample could. */
static void
test_dense (void)
{
  g_autoptr (VgMap) map = made_full_map (64 * MIB);
  VgCodecLevels levels = vg_codec_get_levels (VG_COMPRESSION_ZSTD, 0);
  g_autoptr (VgEstimate) noise = read_estimate (map, NOISE, &levels);
  g_autoptr (VgEstimate) halves = read_estimate (map, HALVES, &levels);
  VgBudget budget;

  vg_budget_init (&budget, noise, &levels, map, TRUE);
  for (guint64 i = 0; i < 1024; i++)
    g_assert_cmpint (level_at (&budget, i, 1024 * C), ==,
                     i % 8 == 0 ? 1 : VG_BLOCK_SCAN_PLAIN);
  vg_estimate_learn (noise, 8, 1000);
  for (guint64 i = 8; i < 12; i++) /* its stratum */
    g_assert_cmpint (level_at (&budget, i, 1024 * C), ==, 1);
  g_assert_cmpint (level_at (&budget, 12, 1024 * C), ==, VG_BLOCK_SCAN_PLAIN);
  vg_estimate_begin (noise);
  g_assert_cmpint (level_at (&budget, 9, 1024 * C), ==, VG_BLOCK_SCAN_PLAIN);

  g_assert_false (vg_estimate_is_dense (halves, 0));
  g_assert_false (vg_estimate_is_dense (halves, 512));
  g_assert_false (vg_estimate_is_dense (halves, 515));
  g_assert_true (vg_estimate_is_dense (halves, 516));
  g_assert_true (vg_estimate_is_dense (halves, 1023));
}

static int
print_places (guint64 size, guint64 n)
{
  g_autoptr (VgMap) map = made_full_map (size);
  g_autoptr (VgEstimate) estimate = vg_estimate_new (map);
  VgCodecLevels levels = vg_codec_get_levels (VG_COMPRESSION_NONE, 0);

  for (; n > 0; n--) {
    g_autoptr (VgMap) sample = vg_estimate_choose (estimate, map);
    Made *made = made_new (sample, ZEROES, 0);
    g_autoptr (VgBody) data = &made->body;

    for (guint64 i = 0; i < vg_map_get_n_blocks (map); i++)
      if (vg_map_is_data (sample, i))
        printf ("%" G_GUINT64_FORMAT "\n", i);
    g_assert_true (vg_estimate_read (estimate, &levels, sample, data, NULL));
  }
  return 0;
}

int
main (int argc, char **argv)
{
  if (argc == 4 && strcmp (argv[1], "--places") == 0)
    return print_places (strtoull (argv[2], NULL, 10),
                         strtoull (argv[3], NULL, 10));
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/estimate/learned", test_learned);
  g_test_add_func ("/estimate/samples", test_samples);
  g_test_add_func ("/estimate/forecast", test_forecast);
  g_test_add_func ("/estimate/levels", test_levels);
  g_test_add_func ("/estimate/spare", test_spare);
  g_test_add_func ("/estimate/dense", test_dense);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stratum's variance is that of two neighbours: half of the square of their
 * difference. So a disk whose parts differ is not taken for a disk whose blocks
 * do. Sums run from the last stratum to the first, for all forecasts at once.
 */
#include "image/estimate.h"

#include <math.h>

#include "image/block-scan.h"

#define MAX_STRATA 8192
#define SHARE 32 /* one block in so many is sampled */

/* Higher levels save more than the rest; without any, one image in a thousand
 * may take more. */
#define DEVIATIONS 2
#define DEVIATIONS_PLAIN 3

typedef struct {
  guint64 size;       /* bytes that one of its blocks takes */
  guint64 learned;    /* bytes that its blocks have taken */
  guint64 n_learned;  /* number of these blocks */
  gboolean all_known; /* size is what was learned, of all its blocks */
  /* Sums over this stratum and those behind it. */
  guint64 bytes;
  guint64 stored;
  double variance; /* bytes² */
} Stratum;

struct _VgEstimate {
  guint64 n_blocks;
  guint64 n_strata;
  guint n_samples;
  guint deviations;
  Stratum *strata; /* and one behind the last, all zeroes */
};

VgEstimate *
vg_estimate_new (const VgMap *map)
{
  VgEstimate *estimate = g_new0 (VgEstimate, 1);
  guint64 n = vg_map_get_n_data_blocks (map);

  estimate->n_blocks = n;
  estimate->n_strata = MIN (n, CLAMP (n / SHARE, VG_ESTIMATE_ALL, MAX_STRATA));
  estimate->strata = g_new0 (Stratum, estimate->n_strata + 1);
  return estimate;
}

void
vg_estimate_free (VgEstimate *estimate)
{
  if (estimate == NULL)
    return;
  g_free (estimate->strata);
  g_free (estimate);
}

/* The first block of a stratum. */
static guint64
get_start (const VgEstimate *estimate, guint64 stratum)
{
  guint64 length = estimate->n_blocks / estimate->n_strata;
  guint64 longer = estimate->n_blocks % estimate->n_strata;

  return stratum * length + MIN (stratum, longer);
}

static guint64
find_stratum (const VgEstimate *estimate, guint64 number)
{
  guint64 length = estimate->n_blocks / estimate->n_strata;
  guint64 longer = estimate->n_blocks % estimate->n_strata;

  if (number < longer * (length + 1))
    return number / (length + 1);
  return longer + (number - longer * (length + 1)) / length;
}

/* A block of a stratum that no pattern on the disk goes along with: mixes the
 * number's bits (splitmix64). */
static guint64
pick_block (const VgEstimate *estimate, guint64 stratum)
{
  guint64 start = get_start (estimate, stratum);
  guint64 x = (stratum << 8 | estimate->n_samples) + 1;

  x *= G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  x ^= x >> 31;
  return start + x % (get_start (estimate, stratum + 1) - start);
}

VgMap *
vg_estimate_choose (const VgEstimate *estimate, const VgMap *map)
{
  VgMap *sample = vg_map_new (vg_map_get_size (map));
  guint64 before = 0; /* data blocks before the run */
  guint64 next = 0, first, n_blocks, stratum = 0;

  while (stratum < estimate->n_strata
         && vg_map_next_run (map, next, &first, &n_blocks)) {
    for (; stratum < estimate->n_strata; stratum++) {
      guint64 number = pick_block (estimate, stratum);

      if (number >= before + n_blocks)
        break;
      vg_map_add (sample, (first + number - before) * VG_MAP_BLOCK_SIZE,
                  VG_MAP_BLOCK_SIZE);
    }
    before += n_blocks;
    next = first + n_blocks;
  }
  return sample;
}

static gsize
get_size (const VgBlock *block)
{
  return block->kind == VG_BLOCK_ZERO ? 0 : block->length;
}

static gint
choose_first (guint64 number G_GNUC_UNUSED, gpointer user_data)
{
  const VgCodecLevels *levels = user_data;

  return levels->levels[0];
}

/* What a sample can miss of so many blocks: what is as rare as one in n, with n
 * samples. That may be one file, at one place, even the last one: so it does
 * not get less with the blocks that are left, until they are as few. */
static guint64
get_chance_of_more (const VgEstimate *estimate, guint64 n_blocks)
{
  guint64 most =
      (estimate->n_blocks + estimate->n_strata - 1) / estimate->n_strata;

  return MIN (n_blocks, most) * VG_MAP_BLOCK_SIZE;
}

static void
sum_up (VgEstimate *estimate)
{
  double neighbour = -1;

  for (guint64 i = estimate->n_strata; i-- > 0;) {
    Stratum *stratum = &estimate->strata[i];
    guint64 length = get_start (estimate, i + 1) - get_start (estimate, i);
    double difference = neighbour < 0 ? 0 : (double) stratum->size - neighbour;

    stratum->bytes = stratum[1].bytes + length * stratum->size;
    stratum->stored = stratum[1].stored + (stratum->size > 0 ? length : 0);
    stratum->variance = stratum[1].variance;
    neighbour = (double) stratum->size;
    if (!stratum->all_known && length > 1)
      stratum->variance +=
          (double) (length * (length - 1)) * difference * difference / 2;
  }
}

/* Takes over what was learned. */
static void
settle (VgEstimate *estimate)
{
  for (guint64 i = 0; i < estimate->n_strata; i++) {
    Stratum *stratum = &estimate->strata[i];
    guint64 length = get_start (estimate, i + 1) - get_start (estimate, i);

    if (stratum->n_learned < length)
      continue;
    stratum->size = (stratum->learned + length - 1) / length;
    stratum->all_known = TRUE;
  }
}

gboolean
vg_estimate_read (VgEstimate *estimate, const VgCodecLevels *levels,
                  const VgMap *sample, VgBody *data, GError **error)
{
  g_autoptr (VgBlockScan) scan = vg_block_scan_new (
      levels->compression, sample, data, choose_first, (gpointer) levels);

  for (guint64 i = 0;; i++) {
    const VgBlock *block;
    Stratum *stratum = &estimate->strata[i];

    if (!vg_block_scan_next (scan, &block, error))
      return FALSE;
    if (block == NULL)
      break;
    stratum->size = MAX (stratum->size, get_size (block));
  }
  estimate->n_samples++;
  estimate->deviations = levels->compression == VG_COMPRESSION_NONE
                             ? DEVIATIONS_PLAIN
                             : DEVIATIONS;
  settle (estimate);
  sum_up (estimate);
  return TRUE;
}

void
vg_estimate_begin (VgEstimate *estimate)
{
  for (guint64 i = 0; i < estimate->n_strata; i++)
    estimate->strata[i].learned = estimate->strata[i].n_learned = 0;
}

void
vg_estimate_learn (VgEstimate *estimate, guint64 number, gsize size)
{
  Stratum *stratum = &estimate->strata[find_stratum (estimate, number)];

  stratum->learned += size;
  stratum->n_learned++;
}

/* The first stratum has no neighbour before it, and the last none behind it. */
gboolean
vg_estimate_is_dense (const VgEstimate *estimate, guint64 number)
{
  guint64 i = find_stratum (estimate, number);
  const Stratum *stratum = &estimate->strata[i];

  for (guint64 n = MAX (i, 1) - 1; n < MIN (i + 2, estimate->n_strata); n++)
    if (estimate->strata[n].size < VG_MAP_BLOCK_SIZE)
      return FALSE;
  return stratum->learned >= stratum->n_learned * VG_MAP_BLOCK_SIZE;
}

VgForecast
vg_estimate_get_forecast (const VgEstimate *estimate, guint64 number)
{
  VgForecast forecast = { 0 };
  guint64 i, left;
  const Stratum *stratum;

  if (number >= estimate->n_blocks)
    return forecast;
  i = find_stratum (estimate, number);
  stratum = &estimate->strata[i];
  left = get_start (estimate, i + 1) - number;
  forecast.first = stratum->size;
  forecast.bytes = stratum[1].bytes + left * stratum->size;
  forecast.stored = stratum[1].stored + (stratum->size > 0 ? left : 0);
  if (estimate->n_strata < estimate->n_blocks)
    forecast.margin =
        (guint64) (estimate->deviations * sqrt (stratum->variance))
        + get_chance_of_more (estimate, estimate->n_blocks - number);
  return forecast;
}

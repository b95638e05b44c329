/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which disks don't tell their zeroes depends on formats, drivers, features and
 * file systems, and on each layer of a chain. So this goes by what was told: of
 * a disk without any zero a sample is read, and of another one a small one
 * before that. */
#include "job/zeroes.h"

#include "image/find-zeroes.h"
#include "instant/tail-guard.h"
#include "util/text.h"

/* 4 MiB. Of less data, zeroes are not worth looking for. */
#define N_SAMPLES 64

/* Leaving zeroes out pays if one block in so many is zero: their image is more
 * work to make, and its length a guess. */
#define WORTH 16

/* The data of map without zero blocks, in a new map. */
static VgMap *
find_zeroes (const VgJob *job, VgDisk *disk, const VgMap *map,
             const VgReport *report, GError **error)
{
  VgBody *data = vg_disk_open_data (disk, map, job->cancellable, error);
  g_autoptr (VgBody) guarded =
      data != NULL ? vg_tail_guard_new (data, disk) : NULL;

  if (guarded == NULL)
    return NULL;
  return vg_find_zeroes (map, guarded, report != NULL ? report->progress : NULL,
                         report != NULL ? report->data : NULL, error);
}

/* Data blocks of map at equal intervals. */
static VgMap *
take_sample (const VgMap *map)
{
  guint64 every = (vg_map_get_n_data_blocks (map) + N_SAMPLES - 1) / N_SAMPLES;
  VgMap *sample = vg_map_new (vg_map_get_size (map));
  guint64 next = every / 2; /* the number of data blocks to skip */
  guint64 first = 0, n_blocks = 0;

  while (vg_map_next_run (map, first + n_blocks, &first, &n_blocks)) {
    for (; next < n_blocks; next += every)
      vg_map_add (sample, (first + next) * VG_MAP_BLOCK_SIZE,
                  VG_MAP_BLOCK_SIZE);
    next -= n_blocks;
  }
  return sample;
}

/* Whether looking closer pays. FALSE, with error, if the sample can't be
 * read. */
static gboolean
is_worth_it (const VgJob *job, VgDisk *disk, const VgMap *map, GError **error)
{
  g_autoptr (VgMap) sample = take_sample (map);
  g_autoptr (VgMap) found = find_zeroes (job, disk, sample, NULL, error);
  guint64 n = vg_map_get_n_data_blocks (sample);

  return found != NULL && (n - vg_map_get_n_data_blocks (found)) * WORTH >= n;
}

VgZeroes
vg_zeroes_look (const VgJob *job, VgDisk *disk, const VgMap *map,
                GError **error)
{
  guint64 n = vg_map_get_n_data_blocks (map);
  gboolean told = n < vg_map_get_n_blocks (map);
  g_autoptr (GError) why = NULL;

  if (n == 0 || (told && n < N_SAMPLES))
    return VG_ZEROES_FEW;
  if (told && !is_worth_it (job, disk, map, &why)) {
    if (why == NULL)
      return VG_ZEROES_FEW;
    g_propagate_error (error, g_steal_pointer (&why));
    return VG_ZEROES_FAILED;
  }
  return n <= VG_ESTIMATE_ALL ? VG_ZEROES_DROP : VG_ZEROES_SAMPLE;
}

gboolean
vg_zeroes_are_many (const VgMap *map, const VgEstimate *estimate)
{
  guint64 all = vg_map_get_n_data_blocks (map) * VG_MAP_BLOCK_SIZE;
  guint64 stored = vg_estimate_get_forecast (estimate, 0).bytes;

  return stored <= all - (all / WORTH);
}

VgMap *
vg_zeroes_drop (const VgJob *job, const char *target, VgDisk *disk,
                const VgMap *map, GError **error)
{
  g_autofree char *size = vg_text_format_size (vg_map_get_data_bytes (map));

  vg_report_phase (job->report, "Looking for zeroes on disk %s: %s", target,
                   size);
  return find_zeroes (job, disk, map, job->report, error);
}

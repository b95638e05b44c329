/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Maps without zero blocks. */
#include "image/find-zeroes.h"

#include "image/block-scan.h"

/* Blocks between two calls of progress: 1 MiB. */
#define PROGRESS_EVERY 16

VgMap *
vg_find_zeroes (const VgMap *map, VgBody *data, VgFindZeroesProgress progress,
                gpointer user_data, GError **error)
{
  g_autoptr (VgBlockScan) scan =
      vg_block_scan_new (VG_COMPRESSION_NONE, map, data, NULL, NULL);
  g_autoptr (VgMap) found = vg_map_new (vg_map_get_size (map));
  guint64 total = vg_map_get_data_bytes (map);

  for (guint64 done = 1;; done++) {
    const VgBlock *block;

    if (!vg_block_scan_next (scan, &block, error))
      return NULL;
    if (block == NULL)
      return g_steal_pointer (&found);
    if (progress != NULL && done % PROGRESS_EVERY == 0)
      progress (MIN (done * VG_MAP_BLOCK_SIZE, total), total, user_data);
    if (block->kind != VG_BLOCK_ZERO)
      vg_map_add (found, block->number * VG_MAP_BLOCK_SIZE, VG_MAP_BLOCK_SIZE);
  }
}

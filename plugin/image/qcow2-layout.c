/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Computes the layout of a qcow2 file, and writes its header. */
#include "image/qcow2-layout.h"

#define SECTOR 512

/* Version 3; all numbers are big-endian. The zeroes that follow end the header
 * extensions. */
typedef struct {
  guint32 magic;
  guint32 version;
  guint64 backing_file_offset;
  guint32 backing_file_size;
  guint32 cluster_bits;
  guint64 size;
  guint32 crypt_method;
  guint32 l1_size;
  guint64 l1_table_offset;
  guint64 refcount_table_offset;
  guint32 refcount_table_clusters;
  guint32 nb_snapshots;
  guint64 snapshots_offset;
  guint64 incompatible_features;
  guint64 compatible_features;
  guint64 autoclear_features;
  guint32 refcount_order;
  guint32 header_length;
  /* Additional field, only present if the compression is not zlib. */
  guint8 compression_type;
  guint8 padding[7];
} Header;

G_STATIC_ASSERT (sizeof (Header) == 112);

#define PLAIN_HEADER 104
#define COMPRESSION_ZSTD 1
#define INCOMPATIBLE_COMPRESSION (1 << 3)

static guint64
div_round_up (guint64 a, guint64 b)
{
  return a / b + (a % b != 0 ? 1 : 0);
}

/* Refcount blocks count themselves and the refcount table. Their number is the
 * smallest that suffices with them included: each iteration can only raise it,
 * and the last one changes nothing. */
static void
count_refcounts (VgQcow2Layout *layout, guint64 n_others)
{
  guint64 n;

  layout->n_refblocks = 0;
  layout->n_reftable = 0;
  do {
    n = layout->n_refblocks;
    layout->n_refblocks = div_round_up (n_others + layout->n_reftable + n,
                                        VG_QCOW2_BLOCK_ENTRIES);
    layout->n_reftable =
        div_round_up (layout->n_refblocks, VG_QCOW2_TABLE_ENTRIES);
  } while (layout->n_refblocks != n);
}

gboolean
vg_qcow2_layout (VgQcow2Layout *layout, guint64 size, guint64 n_l2,
                 guint64 n_data)
{
  guint64 n_guest = div_round_up (size, VG_QCOW2_CLUSTER);

  layout->n_l1_entries = div_round_up (n_guest, VG_QCOW2_TABLE_ENTRIES);
  if (layout->n_l1_entries > VG_QCOW2_L1_ENTRIES_MAX)
    return FALSE;
  layout->virtual_size = div_round_up (size, SECTOR) * SECTOR;
  layout->n_l1 = div_round_up (layout->n_l1_entries, VG_QCOW2_TABLE_ENTRIES);
  layout->n_l2 = n_l2;
  layout->n_data = n_data;

  count_refcounts (layout, 1 + layout->n_l1 + n_l2 + n_data);
  if (layout->n_reftable > VG_QCOW2_REFTABLE_CLUSTERS_MAX)
    return FALSE;

  layout->reftable = 1;
  layout->refblocks = layout->reftable + layout->n_reftable;
  layout->l1 = layout->refblocks + layout->n_refblocks;
  layout->l2 = layout->l1 + layout->n_l1;
  layout->data = layout->l2 + layout->n_l2;
  layout->end = layout->data + layout->n_data;
  return TRUE;
}

gboolean
vg_qcow2_layout_of_map (VgQcow2Layout *layout, const VgMap *map)
{
  guint64 n_l2 = 0, start = 0;
  guint64 first, n_blocks;

  while (vg_map_next_run (map, start, &first, &n_blocks)) {
    guint64 first_group = first / VG_MAP_GROUP_BLOCKS;
    guint64 last_group = (first + n_blocks - 1) / VG_MAP_GROUP_BLOCKS;

    n_l2 += last_group - first_group + 1;
    start = (last_group + 1) * VG_MAP_GROUP_BLOCKS;
  }
  return vg_qcow2_layout (layout, vg_map_get_size (map), n_l2,
                          vg_map_get_n_data_blocks (map));
}

void
vg_qcow2_make_header (const VgQcow2Layout *layout, VgCompression compression,
                      void *cluster)
{
  Header *header = cluster;

  header->magic = GUINT32_TO_BE (0x514649fbu); /* "QFI\xfb" */
  header->version = GUINT32_TO_BE (3);
  header->cluster_bits = GUINT32_TO_BE (VG_QCOW2_CLUSTER_BITS);
  header->size = GUINT64_TO_BE (layout->virtual_size);
  header->l1_size = GUINT32_TO_BE ((guint32) layout->n_l1_entries);
  if (layout->n_l1 > 0)
    header->l1_table_offset = GUINT64_TO_BE (layout->l1 * VG_QCOW2_CLUSTER);
  header->refcount_table_offset =
      GUINT64_TO_BE (layout->reftable * VG_QCOW2_CLUSTER);
  header->refcount_table_clusters =
      GUINT32_TO_BE ((guint32) layout->n_reftable);
  header->refcount_order = GUINT32_TO_BE (4);
  header->header_length = GUINT32_TO_BE (PLAIN_HEADER);
  if (compression != VG_COMPRESSION_ZSTD)
    return;
  header->header_length = GUINT32_TO_BE ((guint32) sizeof *header);
  header->incompatible_features = GUINT64_TO_BE (INCOMPATIBLE_COMPRESSION);
  header->compression_type = COMPRESSION_ZSTD;
}

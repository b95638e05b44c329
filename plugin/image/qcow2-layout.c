/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The arithmetic of a qcow2 file's layout; nothing else. */
#include "image/qcow2-layout.h"

#define SECTOR 512

static guint64
div_round_up (guint64 a, guint64 b)
{
  return a / b + (a % b != 0 ? 1 : 0);
}

/* Refcount blocks count themselves and the table that points at them, so their
 * number is the least that is enough when they are added: each step can only
 * raise it, and the last one changes nothing. */
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lays out a compressed qcow2 file. Compressed blocks follow each other without
 * gaps, across cluster boundaries; each uncompressed block needs a cluster of
 * its own. To avoid a gap before every uncompressed block, up to MAX_HELD of
 * them are held back until the next cluster boundary. */
#include "image/qcow2-compressed-layout.h"

#include <string.h>

#include "image/private.h"

#define MAX_HELD 32
#define SECTOR 512

/* Incomplete refcount blocks: a group (512 MiB) may begin in the range of one
 * (2 GiB) and end in that of the next. */
#define N_OPEN 2

typedef guint8 Cluster[VG_QCOW2_CLUSTER];

struct _VgQcow2CompressedLayout {
  VgQcow2CompressedPlan *plan;
  GByteArray *out;  /* NULL in the first pass: nothing is written */
  guint64 position; /* the file's next cluster */

  guint64 group; /* group of l2 */
  gboolean has_l2;
  guint64 l2[VG_QCOW2_TABLE_ENTRIES]; /* big-endian */

  guint64 range; /* first refcount block not yet written */
  guint16 refcounts[N_OPEN][VG_QCOW2_BLOCK_ENTRIES]; /* big-endian */

  gsize used;       /* bytes used of the current cluster of compressed blocks */
  guint16 sharers;  /* number of compressed blocks in that cluster */
  Cluster *current; /* NULL in the first pass */

  guint n_held;
  guint64 held_entries[MAX_HELD]; /* their indexes in l2 */
  Cluster *held;                  /* NULL in the first pass */
};

VgQcow2CompressedLayout *
vg_qcow2_compressed_layout_new (VgQcow2CompressedPlan *plan, GByteArray *out)
{
  VgQcow2CompressedLayout *layout = g_new0 (VgQcow2CompressedLayout, 1);
  const VgQcow2Layout *front = &plan->front;

  layout->plan = plan;
  layout->out = out;
  if (out != NULL) {
    layout->current = g_new0 (Cluster, 1);
    layout->held = g_new (Cluster, MAX_HELD);
  }
  layout->position = front->l1 + front->n_l1;
  for (guint64 i = 0; i < layout->position; i++)
    layout->refcounts[0][i] = GUINT16_TO_BE (1);
  return layout;
}

void
vg_qcow2_compressed_layout_free (VgQcow2CompressedLayout *layout)
{
  if (layout == NULL)
    return;
  g_free (layout->current);
  g_free (layout->held);
  g_free (layout);
}

/* Appends a cluster with that refcount to the file. */
static void
put_cluster (VgQcow2CompressedLayout *layout, const void *bytes,
             guint16 refcount)
{
  guint64 range = layout->position / VG_QCOW2_BLOCK_ENTRIES;
  guint64 index = layout->position % VG_QCOW2_BLOCK_ENTRIES;

  layout->refcounts[range % N_OPEN][index] = GUINT16_TO_BE (refcount);
  if (layout->out != NULL)
    g_byte_array_append (layout->out, bytes, VG_QCOW2_CLUSTER);
  layout->position++;
}

static void
put_plain (VgQcow2CompressedLayout *layout, guint64 entry, const void *bytes)
{
  layout->l2[entry] =
      GUINT64_TO_BE ((layout->position * VG_QCOW2_CLUSTER) | VG_QCOW2_COPIED);
  put_cluster (layout, bytes, 1);
}

/* Appends the current cluster of compressed blocks, whether full or not. */
static void
put_current (VgQcow2CompressedLayout *layout)
{
  if (layout->used == 0)
    return;
  put_cluster (layout, layout->current, layout->sharers);
  layout->used = 0;
  layout->sharers = 0;
  if (layout->current != NULL)
    memset (layout->current, 0, sizeof *layout->current);
}

static void
put_held (VgQcow2CompressedLayout *layout)
{
  for (guint i = 0; i < layout->n_held; i++)
    put_plain (layout, layout->held_entries[i],
               layout->held != NULL ? layout->held[i] : NULL);
  layout->n_held = 0;
}

static void
add_plain (VgQcow2CompressedLayout *layout, guint64 entry, const VgBlock *block)
{
  if (layout->used == 0) {
    put_plain (layout, entry, block->bytes);
    return;
  }
  if (layout->held != NULL)
    memcpy (layout->held[layout->n_held], block->bytes, VG_QCOW2_CLUSTER);
  layout->held_entries[layout->n_held++] = entry;
  if (layout->n_held == MAX_HELD) {
    put_current (layout);
    put_held (layout);
  }
}

static void
add_compressed (VgQcow2CompressedLayout *layout, guint64 entry,
                const VgBlock *block)
{
  guint64 start = (layout->position * VG_QCOW2_CLUSTER) + layout->used;
  guint64 sectors = ((start + block->length - 1) / SECTOR) - (start / SECTOR);

  layout->l2[entry] = GUINT64_TO_BE (
      VG_QCOW2_COMPRESSED | (sectors << VG_QCOW2_SECTORS_SHIFT) | start);
  for (gsize done = 0; done < block->length;) {
    gsize part = MIN (block->length - done, VG_QCOW2_CLUSTER - layout->used);

    if (layout->current != NULL)
      memcpy (*layout->current + layout->used, block->bytes + done, part);
    layout->used += part;
    layout->sharers++;
    done += part;
    if (layout->used == VG_QCOW2_CLUSTER)
      put_current (layout);
  }
  if (layout->used == 0)
    put_held (layout);
}

static void
put_refblock (VgQcow2CompressedLayout *layout)
{
  GArray *places = layout->plan->refblocks;
  guint16 *refcounts = layout->refcounts[layout->range % N_OPEN];
  guint64 own = layout->position / VG_QCOW2_BLOCK_ENTRIES;
  guint64 index = layout->position % VG_QCOW2_BLOCK_ENTRIES;

  /* The refcount block may have to count itself. */
  layout->refcounts[own % N_OPEN][index] = GUINT16_TO_BE (1);
  if (layout->out == NULL)
    g_array_append_val (places, layout->position);
  put_cluster (layout, refcounts, 1);
  memset (refcounts, 0, sizeof layout->refcounts[0]);
  layout->range++;
}

/* Ends the group. No cluster holds blocks of two groups. */
static gboolean
end_group (VgQcow2CompressedLayout *layout, GError **error)
{
  guint64 *place = &layout->plan->l2[layout->group];

  if (!layout->has_l2)
    return TRUE;
  put_current (layout);
  put_held (layout);
  if (layout->out == NULL)
    *place = layout->position;
  else if (*place != layout->position)
    return vg_image_throw_unstable (error);
  put_cluster (layout, layout->l2, 1);
  memset (layout->l2, 0, sizeof layout->l2);
  layout->has_l2 = FALSE;
  while (layout->position / VG_QCOW2_BLOCK_ENTRIES > layout->range)
    put_refblock (layout);
  return TRUE;
}

gboolean
vg_qcow2_compressed_layout_add (VgQcow2CompressedLayout *layout,
                                const VgBlock *block, GError **error)
{
  guint64 group = block->number / VG_MAP_GROUP_BLOCKS;
  guint64 entry = block->number % VG_MAP_GROUP_BLOCKS;

  if (group != layout->group && !end_group (layout, error))
    return FALSE;
  layout->group = group;
  if (block->kind == VG_BLOCK_ZERO)
    return TRUE;
  layout->has_l2 = TRUE;
  if (block->kind == VG_BLOCK_PLAIN)
    add_plain (layout, entry, block);
  else
    add_compressed (layout, entry, block);
  return TRUE;
}

gboolean
vg_qcow2_compressed_layout_finish (VgQcow2CompressedLayout *layout,
                                   GError **error)
{
  if (!end_group (layout, error))
    return FALSE;
  while (layout->range * VG_QCOW2_BLOCK_ENTRIES < layout->position)
    put_refblock (layout);
  if (layout->out == NULL)
    layout->plan->front.end = layout->position;
  return layout->plan->front.end == layout->position
         || vg_image_throw_unstable (error);
}

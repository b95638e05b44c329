/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Laying out a compressed qcow2 file. Compressed blocks follow each other byte
 * by byte, over the borders of clusters; plain ones need a cluster each. So
 * that they don't cut the former short all the time, some are held back until a
 * border comes by, or there are many of them. */
#include "image/qcow2-compressed-layout.h"

#include <string.h>

#include "image/private.h"

#define MAX_HELD 32
#define SECTOR 512

/* Refcount blocks that are not complete: a group, which is 512 MiB, may begin
 * in one and end in the next, which are 2 GiB each. */
#define N_OPEN 2

typedef guint8 Cluster[VG_QCOW2_CLUSTER];

struct _VgQcow2CompressedLayout {
  VgQcow2CompressedPlan *plan;
  GByteArray *out;  /* or NULL: nothing is written */
  guint64 position; /* the file's next cluster */

  guint64 group; /* that l2 is of */
  gboolean has_l2;
  guint64 l2[VG_QCOW2_TABLE_ENTRIES]; /* big-endian */

  guint64 range; /* the first refcount block that is not written yet */
  guint16 refcounts[N_OPEN][VG_QCOW2_BLOCK_ENTRIES]; /* big-endian */

  gsize used;       /* bytes of the cluster that compressed blocks go to */
  guint16 sharers;  /* and how many of them are in it */
  Cluster *current; /* NULL where nothing is written */

  guint n_held;
  guint64 held_entries[MAX_HELD]; /* their places in l2 */
  Cluster *held;                  /* likewise */
};

VgQcow2CompressedLayout *
vg_qcow2_compressed_layout_new (VgQcow2CompressedPlan *plan, GByteArray *out)
{
  VgQcow2CompressedLayout *packer = g_new0 (VgQcow2CompressedLayout, 1);
  const VgQcow2Layout *front = &plan->front;

  packer->plan = plan;
  packer->out = out;
  if (out != NULL) {
    packer->current = g_new0 (Cluster, 1);
    packer->held = g_new (Cluster, MAX_HELD);
  }
  packer->position = front->l1 + front->n_l1;
  for (guint64 i = 0; i < packer->position; i++)
    packer->refcounts[0][i] = GUINT16_TO_BE (1);
  return packer;
}

void
vg_qcow2_compressed_layout_free (VgQcow2CompressedLayout *packer)
{
  if (packer == NULL)
    return;
  g_free (packer->current);
  g_free (packer->held);
  g_free (packer);
}

/* A cluster of the file, with that refcount. */
static void
put (VgQcow2CompressedLayout *packer, const void *bytes, guint16 refcount)
{
  guint64 range = packer->position / VG_QCOW2_BLOCK_ENTRIES;
  guint64 index = packer->position % VG_QCOW2_BLOCK_ENTRIES;

  packer->refcounts[range % N_OPEN][index] = GUINT16_TO_BE (refcount);
  if (packer->out != NULL)
    g_byte_array_append (packer->out, bytes, VG_QCOW2_CLUSTER);
  packer->position++;
}

static void
put_plain (VgQcow2CompressedLayout *packer, guint64 entry, const void *bytes)
{
  packer->l2[entry] =
      GUINT64_TO_BE ((packer->position * VG_QCOW2_CLUSTER) | VG_QCOW2_COPIED);
  put (packer, bytes, 1);
}

/* The cluster of compressed blocks, whether full or not. */
static void
put_current (VgQcow2CompressedLayout *packer)
{
  if (packer->used == 0)
    return;
  put (packer, packer->current, packer->sharers);
  packer->used = 0;
  packer->sharers = 0;
  if (packer->current != NULL)
    memset (packer->current, 0, sizeof *packer->current);
}

static void
put_held (VgQcow2CompressedLayout *packer)
{
  for (guint i = 0; i < packer->n_held; i++)
    put_plain (packer, packer->held_entries[i],
               packer->held != NULL ? packer->held[i] : NULL);
  packer->n_held = 0;
}

static void
add_plain (VgQcow2CompressedLayout *packer, guint64 entry, const VgBlock *block)
{
  if (packer->used == 0) {
    put_plain (packer, entry, block->bytes);
    return;
  }
  if (packer->held != NULL)
    memcpy (packer->held[packer->n_held], block->bytes, VG_QCOW2_CLUSTER);
  packer->held_entries[packer->n_held++] = entry;
  if (packer->n_held == MAX_HELD) {
    put_current (packer);
    put_held (packer);
  }
}

static void
add_compressed (VgQcow2CompressedLayout *packer, guint64 entry,
                const VgBlock *block)
{
  guint64 start = (packer->position * VG_QCOW2_CLUSTER) + packer->used;
  guint64 sectors = ((start + block->length - 1) / SECTOR) - (start / SECTOR);

  packer->l2[entry] = GUINT64_TO_BE (
      VG_QCOW2_COMPRESSED | (sectors << VG_QCOW2_SECTORS_SHIFT) | start);
  for (gsize done = 0; done < block->length;) {
    gsize part = MIN (block->length - done, VG_QCOW2_CLUSTER - packer->used);

    if (packer->current != NULL)
      memcpy (*packer->current + packer->used, block->bytes + done, part);
    packer->used += part;
    packer->sharers++;
    done += part;
    if (packer->used == VG_QCOW2_CLUSTER)
      put_current (packer);
  }
  if (packer->used == 0)
    put_held (packer);
}

static void
put_refblock (VgQcow2CompressedLayout *packer)
{
  GArray *places = packer->plan->refblocks;
  guint16 *refcounts = packer->refcounts[packer->range % N_OPEN];
  guint64 own = packer->position / VG_QCOW2_BLOCK_ENTRIES;
  guint64 index = packer->position % VG_QCOW2_BLOCK_ENTRIES;

  /* Its own one may be in it. */
  packer->refcounts[own % N_OPEN][index] = GUINT16_TO_BE (1);
  if (packer->out == NULL)
    g_array_append_val (places, packer->position);
  put (packer, refcounts, 1);
  memset (refcounts, 0, sizeof packer->refcounts[0]);
  packer->range++;
}

/* The group's end: no block is split between groups. */
static gboolean
end_group (VgQcow2CompressedLayout *packer, GError **error)
{
  guint64 *place = &packer->plan->l2[packer->group];

  if (!packer->has_l2)
    return TRUE;
  put_current (packer);
  put_held (packer);
  if (packer->out == NULL)
    *place = packer->position;
  else if (*place != packer->position)
    return vg_image_throw_unstable (error);
  put (packer, packer->l2, 1);
  memset (packer->l2, 0, sizeof packer->l2);
  packer->has_l2 = FALSE;
  while (packer->position / VG_QCOW2_BLOCK_ENTRIES > packer->range)
    put_refblock (packer);
  return TRUE;
}

gboolean
vg_qcow2_compressed_layout_add (VgQcow2CompressedLayout *packer,
                                const VgBlock *block, GError **error)
{
  guint64 group = block->number / VG_MAP_GROUP_BLOCKS;
  guint64 entry = block->number % VG_MAP_GROUP_BLOCKS;

  if (group != packer->group && !end_group (packer, error))
    return FALSE;
  packer->group = group;
  if (block->kind == VG_BLOCK_ZERO)
    return TRUE;
  packer->has_l2 = TRUE;
  if (block->kind == VG_BLOCK_PLAIN)
    add_plain (packer, entry, block);
  else
    add_compressed (packer, entry, block);
  return TRUE;
}

gboolean
vg_qcow2_compressed_layout_finish (VgQcow2CompressedLayout *packer,
                                   GError **error)
{
  if (!end_group (packer, error))
    return FALSE;
  while (packer->range * VG_QCOW2_BLOCK_ENTRIES < packer->position)
    put_refblock (packer);
  if (packer->out == NULL)
    packer->plan->front.end = packer->position;
  return packer->plan->front.end == packer->position
         || vg_image_throw_unstable (error);
}

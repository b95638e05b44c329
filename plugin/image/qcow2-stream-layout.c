/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compressed blocks follow each other without gaps, across cluster boundaries,
 * but not across a refcount block; each uncompressed block needs a cluster of
 * its own. To avoid a gap before every uncompressed block, up to MAX_HELD of
 * them are held back until the next cluster boundary. So blocks never take more
 * clusters than there are blocks: a compressed one is shorter than a cluster,
 * and a cluster that is not full has at least one of its own. */
#include "image/qcow2-stream-layout.h"

#include <string.h>

#define MAX_HELD 32
#define SECTOR 512
#define NO_GROUP G_MAXUINT64

typedef guint8 Cluster[VG_QCOW2_CLUSTER];

struct _VgQcow2StreamLayout {
  VgQcow2Layout plan;
  VgCompression compression;
  GByteArray *out;
  guint64 position; /* the file's next cluster */
  guint64 *l1;      /* by group: its L2 table's cluster; 0: none */

  guint64 group; /* group of l2 */
  guint64 n_groups;
  gboolean has_l2;
  guint64 l2[VG_QCOW2_TABLE_ENTRIES]; /* big-endian */

  /* Of the next refcount block, big-endian. */
  guint16 refcounts[VG_QCOW2_BLOCK_ENTRIES];

  gsize used;      /* bytes used of the current cluster of compressed blocks */
  guint16 sharers; /* number of compressed blocks in that cluster */
  Cluster current;

  guint n_held;
  guint64 held_entries[MAX_HELD]; /* their indexes in l2 */
  Cluster held[MAX_HELD];
};

/* Where the refcount block is that counts a cluster, in a file of end
 * clusters. */
static guint64
find_refblock (guint64 cluster, guint64 end)
{
  guint64 range = cluster / VG_QCOW2_BLOCK_ENTRIES;

  return MIN ((range + 1) * VG_QCOW2_BLOCK_ENTRIES, end) - 1;
}

/* The number of clusters from first up to end that are not refcount blocks. end
 * is in front of the L1 table. */
static guint64
count_room (guint64 first, guint64 end)
{
  return end - first
         - (end / VG_QCOW2_BLOCK_ENTRIES - first / VG_QCOW2_BLOCK_ENTRIES);
}

/* Places everything in a file of so many clusters. FALSE if there is less room,
 * or if a refcount block were in the middle of the L1 table. */
static gboolean
place (VgQcow2Layout *layout, guint64 end, guint64 room)
{
  layout->end = end;
  layout->n_refblocks =
      (end + VG_QCOW2_BLOCK_ENTRIES - 1) / VG_QCOW2_BLOCK_ENTRIES;
  layout->n_reftable = (layout->n_refblocks + VG_QCOW2_TABLE_ENTRIES - 1)
                       / VG_QCOW2_TABLE_ENTRIES;
  layout->refblocks = layout->reftable + layout->n_reftable;
  layout->l1 = end - 1 - layout->n_l1;
  return find_refblock (layout->l1, end) == end - 1
         && count_room (layout->refblocks, layout->l1) >= room;
}

gboolean
vg_qcow2_stream_layout_fit (VgQcow2Layout *layout, guint64 size, guint64 room)
{
  if (!vg_qcow2_layout (layout, size, 0, room))
    return FALSE;
  /* That is the length, but for a refcount block in the middle of the L1 table,
   * which has at most 512 clusters. */
  for (guint64 end = layout->end; !place (layout, end, room); end++)
    ;
  return layout->n_reftable <= VG_QCOW2_REFTABLE_CLUSTERS_MAX;
}

VgQcow2StreamLayout *
vg_qcow2_stream_layout_new (const VgQcow2Layout *plan,
                            VgCompression compression, GByteArray *out)
{
  VgQcow2StreamLayout *layout = g_new0 (VgQcow2StreamLayout, 1);

  layout->plan = *plan;
  layout->compression = compression;
  layout->out = out;
  layout->l1 = g_new0 (guint64, plan->n_l1_entries + 1);
  layout->group = NO_GROUP;
  return layout;
}

void
vg_qcow2_stream_layout_free (VgQcow2StreamLayout *layout)
{
  if (layout == NULL)
    return;
  g_free (layout->l1);
  g_free (layout);
}

/* Appends a cluster with that refcount to the file. */
static void
append_cluster (VgQcow2StreamLayout *layout, const void *bytes,
                guint16 refcount)
{
  layout->refcounts[layout->position % VG_QCOW2_BLOCK_ENTRIES] =
      GUINT16_TO_BE (refcount);
  g_byte_array_append (layout->out, bytes, VG_QCOW2_CLUSTER);
  layout->position++;
}

/* The same, and the refcount block behind it if that is due. */
static void
put_cluster (VgQcow2StreamLayout *layout, const void *bytes, guint16 refcount)
{
  append_cluster (layout, bytes, refcount);
  if (layout->position != find_refblock (layout->position, layout->plan.end))
    return;
  /* It counts itself. */
  layout->refcounts[layout->position % VG_QCOW2_BLOCK_ENTRIES] =
      GUINT16_TO_BE (1);
  append_cluster (layout, layout->refcounts, 1);
  memset (layout->refcounts, 0, sizeof layout->refcounts);
}

static void
make_reftable (const VgQcow2StreamLayout *layout, guint64 index,
               guint64 *entries)
{
  guint64 first = index * VG_QCOW2_TABLE_ENTRIES;

  for (guint64 i = 0;
       i < VG_QCOW2_TABLE_ENTRIES && first + i < layout->plan.n_refblocks; i++)
    entries[i] = GUINT64_TO_BE (
        find_refblock ((first + i) * VG_QCOW2_BLOCK_ENTRIES, layout->plan.end)
        * VG_QCOW2_CLUSTER);
}

gboolean
vg_qcow2_stream_layout_put_front (VgQcow2StreamLayout *layout)
{
  guint64 entries[VG_QCOW2_TABLE_ENTRIES] = { 0 };

  if (layout->position >= layout->plan.refblocks)
    return FALSE;
  if (layout->position < layout->plan.reftable)
    vg_qcow2_make_header (&layout->plan, layout->compression, entries);
  else
    make_reftable (layout, layout->position - layout->plan.reftable, entries);
  put_cluster (layout, entries, 1);
  return TRUE;
}

static void
put_plain (VgQcow2StreamLayout *layout, guint64 entry, const void *bytes)
{
  layout->l2[entry] =
      GUINT64_TO_BE ((layout->position * VG_QCOW2_CLUSTER) | VG_QCOW2_COPIED);
  put_cluster (layout, bytes, 1);
}

/* Appends the current cluster of compressed blocks, whether full or not. */
static void
put_current (VgQcow2StreamLayout *layout)
{
  guint16 sharers = layout->sharers;

  if (layout->used == 0)
    return;
  memset (layout->current + layout->used, 0, VG_QCOW2_CLUSTER - layout->used);
  layout->used = 0;
  layout->sharers = 0;
  put_cluster (layout, layout->current, sharers);
}

static void
put_held (VgQcow2StreamLayout *layout)
{
  for (guint i = 0; i < layout->n_held; i++)
    put_plain (layout, layout->held_entries[i], layout->held[i]);
  layout->n_held = 0;
}

static void
add_plain (VgQcow2StreamLayout *layout, guint64 entry, const VgBlock *block)
{
  if (layout->used == 0) {
    put_plain (layout, entry, block->bytes);
    return;
  }
  memcpy (layout->held[layout->n_held], block->bytes, VG_QCOW2_CLUSTER);
  layout->held_entries[layout->n_held++] = entry;
  if (layout->n_held == MAX_HELD) {
    put_current (layout);
    put_held (layout);
  }
}

/* Whether the block would begin in this cluster, and end in another one that
 * does not follow it. */
static gboolean
is_cut (const VgQcow2StreamLayout *layout, const VgBlock *block)
{
  return layout->used + block->length > VG_QCOW2_CLUSTER
         && layout->position + 1
                == find_refblock (layout->position, layout->plan.end);
}

static void
add_compressed (VgQcow2StreamLayout *layout, guint64 entry,
                const VgBlock *block)
{
  guint64 start, sectors;

  if (is_cut (layout, block)) {
    put_current (layout);
    put_held (layout);
  }
  start = (layout->position * VG_QCOW2_CLUSTER) + layout->used;
  sectors = ((start + block->length - 1) / SECTOR) - (start / SECTOR);
  layout->l2[entry] = GUINT64_TO_BE (
      VG_QCOW2_COMPRESSED | (sectors << VG_QCOW2_SECTORS_SHIFT) | start);
  for (gsize done = 0; done < block->length;) {
    gsize part = MIN (block->length - done, VG_QCOW2_CLUSTER - layout->used);

    memcpy (layout->current + layout->used, block->bytes + done, part);
    layout->used += part;
    layout->sharers++;
    done += part;
    if (layout->used == VG_QCOW2_CLUSTER)
      put_current (layout);
  }
  if (layout->used == 0)
    put_held (layout);
}

/* Ends the group. No cluster holds blocks of two groups. */
static void
end_group (VgQcow2StreamLayout *layout)
{
  if (!layout->has_l2)
    return;
  put_current (layout);
  put_held (layout);
  layout->l1[layout->group] = layout->position;
  put_cluster (layout, layout->l2, 1);
  memset (layout->l2, 0, sizeof layout->l2);
  layout->has_l2 = FALSE;
}

/* Clusters that have no place yet: those begun, and the L2 table. */
static guint64
count_owed (const VgQcow2StreamLayout *layout)
{
  return layout->n_held + (layout->used > 0 ? 1 : 0) + (layout->has_l2 ? 1 : 0);
}

/* Whether there is room for one more block, and for an L2 table if it is the
 * first of its group. */
static gboolean
has_room (const VgQcow2StreamLayout *layout, const VgBlock *block)
{
  guint64 group = block->number / VG_MAP_GROUP_BLOCKS;
  gboolean fits = block->kind == VG_BLOCK_COMPRESSED && layout->used > 0
                  && group == layout->group
                  && layout->used + block->length <= VG_QCOW2_CLUSTER;
  guint64 l2 = group != layout->group || !layout->has_l2 ? 1 : 0;

  return count_room (layout->position, layout->plan.l1)
         >= count_owed (layout) + (fits ? 0 : 1) + l2;
}

gboolean
vg_qcow2_stream_layout_add (VgQcow2StreamLayout *layout, const VgBlock *block)
{
  guint64 group = block->number / VG_MAP_GROUP_BLOCKS;
  guint64 entry = block->number % VG_MAP_GROUP_BLOCKS;

  if (block->kind != VG_BLOCK_ZERO && !has_room (layout, block))
    return FALSE;
  if (group != layout->group) {
    end_group (layout);
    layout->group = group;
    layout->n_groups++;
  }
  if (block->kind == VG_BLOCK_ZERO)
    return TRUE;
  layout->has_l2 = TRUE;
  if (block->kind == VG_BLOCK_PLAIN)
    add_plain (layout, entry, block);
  else
    add_compressed (layout, entry, block);
  return TRUE;
}

void
vg_qcow2_stream_layout_end_data (VgQcow2StreamLayout *layout)
{
  end_group (layout);
}

gboolean
vg_qcow2_stream_layout_put_tail (VgQcow2StreamLayout *layout)
{
  const VgQcow2Layout *plan = &layout->plan;
  guint64 entries[VG_QCOW2_TABLE_ENTRIES] = { 0 };

  if (layout->position == plan->end)
    return FALSE;
  if (layout->position >= plan->l1) {
    guint64 first = (layout->position - plan->l1) * VG_QCOW2_TABLE_ENTRIES;

    for (guint64 i = 0;
         i < VG_QCOW2_TABLE_ENTRIES && first + i < plan->n_l1_entries; i++)
      if (layout->l1[first + i] != 0)
        entries[i] = GUINT64_TO_BE ((layout->l1[first + i] * VG_QCOW2_CLUSTER)
                                    | VG_QCOW2_COPIED);
  }
  put_cluster (layout, entries, layout->position >= plan->l1 ? 1 : 0);
  return TRUE;
}

guint64
vg_qcow2_stream_layout_get_left (const VgQcow2StreamLayout *layout)
{
  guint64 room = count_room (layout->position, layout->plan.l1);
  guint64 owed = layout->n_held + (layout->has_l2 ? 1 : 0);

  return (room - owed) * VG_QCOW2_CLUSTER - layout->used;
}

guint64
vg_qcow2_stream_layout_get_n_groups (const VgQcow2StreamLayout *layout)
{
  return layout->n_groups;
}

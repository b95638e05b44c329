/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A qcow2 image, created while it is read.
 *
 * The map tells which clusters are data, so each metadata cluster is created
 * when the reader reaches it, in the order of the file. Data go from the disk
 * straight into the reader's buffer. If a disk's size is not a multiple of 512,
 * its last sector is padded with zeroes, as by qemu-img convert; a short last
 * data cluster is padded with zeroes too.
 */
#include "image/private.h"

#include <string.h>

#include "image/qcow2-layout.h"

G_STATIC_ASSERT (VG_MAP_BLOCK_SIZE == VG_QCOW2_CLUSTER);
G_STATIC_ASSERT (VG_MAP_GROUP_BLOCKS == VG_QCOW2_TABLE_ENTRIES);

typedef struct {
  VgBody body;
  const VgMap *map;
  VgBody *data;
  VgQcow2Layout layout;
  guint64 position;
  /* Progress of the tables created so far. */
  guint64 l2_linked;   /* L2 tables referenced by the L1 table */
  guint64 next_group;  /* start of the search for the next L2 table's group */
  guint64 data_linked; /* data clusters referenced by the L2 tables */
  /* The metadata cluster at position. */
  union {
    guint64 entries[VG_QCOW2_TABLE_ENTRIES];
    guint16 refcounts[VG_QCOW2_BLOCK_ENTRIES];
  } cluster;
} Qcow2;

static gboolean
get_qcow2_length (const VgMap *map, guint64 *length)
{
  VgQcow2Layout layout;

  if (!vg_qcow2_layout_of_map (&layout, map))
    return FALSE;
  *length = layout.end * VG_QCOW2_CLUSTER;
  return TRUE;
}

static guint64
offset_be (guint64 cluster, guint64 flags)
{
  return GUINT64_TO_BE ((cluster * VG_QCOW2_CLUSTER) | flags);
}

/* Cluster number index of the refcount table. */
static void
make_reftable (Qcow2 *self, guint64 index)
{
  guint64 first = index * VG_QCOW2_TABLE_ENTRIES;
  guint64 n = MIN (VG_QCOW2_TABLE_ENTRIES, self->layout.n_refblocks - first);

  for (guint64 i = 0; i < n; i++)
    self->cluster.entries[i] =
        offset_be (self->layout.refblocks + first + i, 0);
}

/* Refcount block number index: each cluster of the file is used once. */
static void
make_refblock (Qcow2 *self, guint64 index)
{
  guint64 first = index * VG_QCOW2_BLOCK_ENTRIES;
  guint64 n = MIN (VG_QCOW2_BLOCK_ENTRIES, self->layout.end - first);

  for (guint64 i = 0; i < n; i++)
    self->cluster.refcounts[i] = GUINT16_TO_BE (1);
}

/* Cluster number index of the L1 table. A group without data has no L2
 * table. */
static void
make_l1 (Qcow2 *self, guint64 index)
{
  guint64 first = index * VG_QCOW2_TABLE_ENTRIES;

  for (guint64 i = 0; i < VG_QCOW2_TABLE_ENTRIES; i++)
    if (vg_map_get_group_count (self->map, first + i) > 0)
      self->cluster.entries[i] =
          offset_be (self->layout.l2 + self->l2_linked++, VG_QCOW2_COPIED);
}

static void
make_l2 (Qcow2 *self)
{
  guint64 at = self->next_group * VG_MAP_GROUP_BLOCKS;
  guint64 end = G_MAXUINT64;
  guint64 first, n_blocks;

  while (vg_map_next_run (self->map, at, &first, &n_blocks) && first < end) {
    self->next_group = first / VG_MAP_GROUP_BLOCKS + 1;
    end = self->next_group * VG_MAP_GROUP_BLOCKS;
    for (at = first; at < MIN (end, first + n_blocks); at++)
      self->cluster.entries[at % VG_MAP_GROUP_BLOCKS] =
          offset_be (self->layout.data + self->data_linked++, VG_QCOW2_COPIED);
  }
}

static void
make_metadata_cluster (Qcow2 *self, guint64 cluster)
{
  const VgQcow2Layout *layout = &self->layout;

  memset (&self->cluster, 0, sizeof self->cluster);
  if (cluster < layout->reftable)
    vg_qcow2_make_header (&self->layout, VG_COMPRESSION_NONE, &self->cluster);
  else if (cluster < layout->refblocks)
    make_reftable (self, cluster - layout->reftable);
  else if (cluster < layout->l1)
    make_refblock (self, cluster - layout->refblocks);
  else if (cluster < layout->l2)
    make_l1 (self, cluster - layout->l1);
  else
    make_l2 (self);
}

static gsize
read_metadata (Qcow2 *self, void *buf, gsize n)
{
  guint64 at = self->position % VG_QCOW2_CLUSTER;

  if (at == 0)
    make_metadata_cluster (self, self->position / VG_QCOW2_CLUSTER);
  n = MIN (n, VG_QCOW2_CLUSTER - at);
  memcpy (buf, (const guint8 *) &self->cluster + at, n);
  return n;
}

static gssize
read_qcow2 (VgBody *body, void *buf, gsize n, GError **error)
{
  Qcow2 *self = (Qcow2 *) body;
  guint64 data_start = self->layout.data * VG_QCOW2_CLUSTER;
  guint64 data_bytes = vg_map_get_data_bytes (self->map);
  guint64 position = self->position;
  gssize got;

  if (position < data_start) {
    got = (gssize) read_metadata (self, buf, n);
  } else if (position - data_start < data_bytes) {
    got = vg_image_read_data (self->data, buf,
                              MIN (n, data_start + data_bytes - position),
                              position - data_start, data_bytes, error);
  } else {
    got = (gssize) MIN (n, body->length - position);
    memset (buf, 0, (gsize) got);
  }
  if (got > 0)
    self->position += (guint64) got;
  return got;
}

static gboolean
rewind_qcow2 (VgBody *body, GError **error)
{
  Qcow2 *self = (Qcow2 *) body;

  if (!vg_body_rewind (self->data, error))
    return FALSE;
  self->position = 0;
  self->l2_linked = 0;
  self->next_group = 0;
  self->data_linked = 0;
  return TRUE;
}

static void
free_qcow2 (VgBody *body)
{
  Qcow2 *self = (Qcow2 *) body;

  vg_body_free (self->data);
  g_free (self);
}

static VgBody *
open_qcow2 (const VgMap *map, VgBody *data)
{
  VgQcow2Layout layout;
  Qcow2 *self;

  if (!vg_qcow2_layout_of_map (&layout, map))
    return NULL;
  self = g_new0 (Qcow2, 1);
  self->map = map;
  self->data = data;
  self->layout = layout;
  self->body.length = self->layout.end * VG_QCOW2_CLUSTER;
  self->body.read = read_qcow2;
  self->body.rewind = rewind_qcow2;
  self->body.free = free_qcow2;
  return &self->body;
}

const VgImageOps vg_image_qcow2 = {
  .name = "qcow2",
  .get_length = get_qcow2_length,
  .open = open_qcow2,
};

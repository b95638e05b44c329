/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compressed qcow2 images as bodies, and maps without zero blocks. Both need to
 * read all data before the first byte is returned. If the data differ in the
 * second pass, that is detected wherever it would corrupt the file. */
#include "image/qcow2-compressed.h"

#include <string.h>

#include "image/private.h"
#include "image/qcow2-compressed-layout.h"
#include "image/block-scan.h"

/* Blocks between two calls of progress: 1 MiB. */
#define PROGRESS_EVERY 16

typedef struct {
  VgBody body;
  VgCompression compression;
  VgBody *data;
  VgBlockScan *scan;
  VgQcow2CompressedPlan plan;
  guint64 position;

  /* The front's cluster at position. */
  guint64 front[VG_QCOW2_TABLE_ENTRIES];
  /* Behind the front: whole clusters, and the number of bytes read from
   * them. */
  VgQcow2CompressedLayout *layout;
  GByteArray *out;
  gsize taken;
  gboolean finished;
} Compressed;

static void
make_entries (Compressed *self, const guint64 *clusters, guint64 n,
              guint64 index, guint64 flags)
{
  guint64 first = index * VG_QCOW2_TABLE_ENTRIES;

  for (guint64 i = 0; i < VG_QCOW2_TABLE_ENTRIES && first + i < n; i++)
    if (clusters[first + i] != 0)
      self->front[i] =
          GUINT64_TO_BE ((clusters[first + i] * VG_QCOW2_CLUSTER) | flags);
}

static void
make_front (Compressed *self, guint64 cluster)
{
  const VgQcow2CompressedPlan *plan = &self->plan;
  const VgQcow2Layout *front = &plan->front;

  memset (self->front, 0, sizeof self->front);
  if (cluster < front->reftable)
    vg_qcow2_make_header (front, self->compression, self->front);
  else if (cluster < front->l1)
    make_entries (self, (const guint64 *) (gpointer) plan->refblocks->data,
                  plan->refblocks->len, cluster - front->reftable, 0);
  else
    make_entries (self, plan->l2, front->n_l1_entries, cluster - front->l1,
                  VG_QCOW2_COPIED);
}

static gsize
read_front (Compressed *self, void *buf, gsize n)
{
  guint64 at = self->position % VG_QCOW2_CLUSTER;

  if (at == 0)
    make_front (self, self->position / VG_QCOW2_CLUSTER);
  n = MIN (n, VG_QCOW2_CLUSTER - at);
  memcpy (buf, (const guint8 *) self->front + at, n);
  return n;
}

/* Fills out unless it has data. */
static gboolean
fill_out (Compressed *self, GError **error)
{
  while (self->out->len == 0 && !self->finished) {
    const VgBlock *block;

    if (!vg_block_scan_next (self->scan, &block, error))
      return FALSE;
    self->finished = block == NULL;
    if (!(block != NULL
              ? vg_qcow2_compressed_layout_add (self->layout, block, error)
              : vg_qcow2_compressed_layout_finish (self->layout, error)))
      return FALSE;
  }
  return TRUE;
}

static gssize
read_behind_front (Compressed *self, void *buf, gsize n, GError **error)
{
  if (!fill_out (self, error))
    return -1;
  n = MIN (n, self->out->len - self->taken);
  /* At the end of the file no data may be left. */
  if (self->position + n == self->body.length
      && !(self->finished && self->taken + n == self->out->len)) {
    vg_image_throw_unstable (error);
    return -1;
  }
  memcpy (buf, self->out->data + self->taken, n);
  self->taken += n;
  if (self->taken == self->out->len) {
    g_byte_array_set_size (self->out, 0);
    self->taken = 0;
  }
  return (gssize) n;
}

static gssize
read_compressed (VgBody *body, void *buf, gsize n, GError **error)
{
  Compressed *self = (Compressed *) body;
  const VgQcow2Layout *front = &self->plan.front;
  gssize got;

  n = MIN (n, body->length - self->position);
  if (n == 0)
    return 0;
  if (self->position < (front->l1 + front->n_l1) * VG_QCOW2_CLUSTER)
    got = (gssize) read_front (self, buf, n);
  else
    got = read_behind_front (self, buf, n, error);
  if (got > 0)
    self->position += (guint64) got;
  return got;
}

static gboolean
rewind_compressed (VgBody *body, GError **error)
{
  Compressed *self = (Compressed *) body;

  if (!vg_block_scan_rewind (self->scan, error))
    return FALSE;
  self->position = 0;
  self->taken = 0;
  self->finished = FALSE;
  g_byte_array_set_size (self->out, 0);
  vg_qcow2_compressed_layout_free (self->layout);
  self->layout = vg_qcow2_compressed_layout_new (&self->plan, self->out);
  return TRUE;
}

static void
free_compressed (VgBody *body)
{
  Compressed *self = (Compressed *) body;

  vg_qcow2_compressed_layout_free (self->layout);
  g_byte_array_unref (self->out);
  vg_block_scan_free (self->scan);
  vg_body_free (self->data);
  g_array_unref (self->plan.refblocks);
  g_free (self->plan.l2);
  g_free (self);
}

/* Returns the next block, and reports progress. */
static gboolean
scan_next_block (VgBlockScan *scan, const VgBlock **block, guint64 *done,
                 guint64 total, VgQcow2CompressedProgress progress,
                 gpointer user_data, GError **error)
{
  if (!vg_block_scan_next (scan, block, error))
    return FALSE;
  if (*block != NULL && progress != NULL && ++*done % PROGRESS_EVERY == 0)
    progress (MIN (*done * VG_MAP_BLOCK_SIZE, total), total, user_data);
  return TRUE;
}

/* The first pass: computes the layout. */
static gboolean
plan_layout (Compressed *self, guint64 total,
             VgQcow2CompressedProgress progress, gpointer user_data,
             GError **error)
{
  g_autoptr (VgQcow2CompressedLayout) layout =
      vg_qcow2_compressed_layout_new (&self->plan, NULL);
  guint64 done = 0;

  for (;;) {
    const VgBlock *block;

    if (!scan_next_block (self->scan, &block, &done, total, progress, user_data,
                          error))
      return FALSE;
    if (block == NULL)
      return vg_qcow2_compressed_layout_finish (layout, error);
    if (!vg_qcow2_compressed_layout_add (layout, block, error))
      return FALSE;
  }
}

/* Lays out the front with its maximum length: an uncompressed cluster for each
 * data block. */
static gboolean
lay_out_front (VgQcow2Layout *front, const VgMap *map)
{
  if (!vg_qcow2_layout_of_map (front, map))
    return FALSE;
  front->l1 = front->reftable + front->n_reftable;
  return TRUE;
}

VgBody *
vg_qcow2_compressed_new (VgCompression compression, const VgMap *map,
                         VgBody *data, VgQcow2CompressedProgress progress,
                         gpointer user_data, GError **error)
{
  Compressed *self = g_new0 (Compressed, 1);
  g_autoptr (VgBody) body = &self->body;

  self->body.read = read_compressed;
  self->body.rewind = rewind_compressed;
  self->body.free = free_compressed;
  self->compression = compression;
  self->data = data;
  self->scan = vg_block_scan_new (compression, map, data);
  self->out = g_byte_array_new ();
  self->plan.refblocks = g_array_new (FALSE, FALSE, sizeof (guint64));
  if (!lay_out_front (&self->plan.front, map)) {
    vg_image_throw_too_large (map, "qcow2", error);
    return NULL;
  }
  self->plan.l2 = g_new0 (guint64, self->plan.front.n_l1_entries);
  if (!plan_layout (self, vg_map_get_data_bytes (map), progress, user_data,
                    error)
      || !rewind_compressed (body, error))
    return NULL;
  self->body.length = self->plan.front.end * VG_QCOW2_CLUSTER;
  return g_steal_pointer (&body);
}

VgMap *
vg_qcow2_compressed_find_zeroes (const VgMap *map, VgBody *data,
                                 VgQcow2CompressedProgress progress,
                                 gpointer user_data, GError **error)
{
  g_autoptr (VgBlockScan) scan =
      vg_block_scan_new (VG_COMPRESSION_NONE, map, data);
  g_autoptr (VgMap) found = vg_map_new (vg_map_get_size (map));
  guint64 done = 0;

  for (;;) {
    const VgBlock *block;

    if (!scan_next_block (scan, &block, &done, vg_map_get_data_bytes (map),
                          progress, user_data, error))
      return NULL;
    if (block == NULL)
      return g_steal_pointer (&found);
    if (block->kind != VG_BLOCK_ZERO)
      vg_map_add (found, block->number * VG_MAP_BLOCK_SIZE, VG_MAP_BLOCK_SIZE);
  }
}

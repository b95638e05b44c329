/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compressed qcow2 images as bodies, and maps without zeroes: what needs to
 * have seen all of the data before the first byte. That the data are the same
 * the second time is checked wherever it would show in the file. */
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
  VgBlockScan *squeeze;
  VgQcow2CompressedPlan plan;
  guint64 position;

  /* The cluster of the front that position is in. */
  guint64 front[VG_QCOW2_TABLE_ENTRIES];
  /* Behind the front: whole clusters, of which so many bytes were read. */
  VgQcow2CompressedLayout *packer;
  GByteArray *out;
  gsize taken;
  gboolean finished;
} Packed;

static void
make_entries (Packed *packed, const guint64 *clusters, guint64 n, guint64 index,
              guint64 flags)
{
  guint64 first = index * VG_QCOW2_TABLE_ENTRIES;

  for (guint64 i = 0; i < VG_QCOW2_TABLE_ENTRIES && first + i < n; i++)
    if (clusters[first + i] != 0)
      packed->front[i] =
          GUINT64_TO_BE ((clusters[first + i] * VG_QCOW2_CLUSTER) | flags);
}

static void
make_front (Packed *packed, guint64 cluster)
{
  const VgQcow2CompressedPlan *plan = &packed->plan;
  const VgQcow2Layout *layout = &plan->front;

  memset (packed->front, 0, sizeof packed->front);
  if (cluster < layout->reftable)
    vg_qcow2_make_header (layout, packed->compression, packed->front);
  else if (cluster < layout->l1)
    make_entries (packed, (const guint64 *) (gpointer) plan->refblocks->data,
                  plan->refblocks->len, cluster - layout->reftable, 0);
  else
    make_entries (packed, plan->l2, layout->n_l1_entries, cluster - layout->l1,
                  VG_QCOW2_COPIED);
}

static gsize
read_front (Packed *packed, void *buf, gsize n)
{
  guint64 at = packed->position % VG_QCOW2_CLUSTER;

  if (at == 0)
    make_front (packed, packed->position / VG_QCOW2_CLUSTER);
  n = MIN (n, VG_QCOW2_CLUSTER - at);
  memcpy (buf, (const guint8 *) packed->front + at, n);
  return n;
}

/* Until there is something in out. */
static gboolean
fill (Packed *packed, GError **error)
{
  while (packed->out->len == 0 && !packed->finished) {
    const VgBlock *block;

    if (!vg_block_scan_next (packed->squeeze, &block, error))
      return FALSE;
    packed->finished = block == NULL;
    if (!(block != NULL
              ? vg_qcow2_compressed_layout_add (packed->packer, block, error)
              : vg_qcow2_compressed_layout_finish (packed->packer, error)))
      return FALSE;
  }
  return TRUE;
}

static gssize
read_behind (Packed *packed, void *buf, gsize n, GError **error)
{
  if (!fill (packed, error))
    return -1;
  n = MIN (n, packed->out->len - packed->taken);
  /* Nothing may be left over. */
  if (packed->position + n == packed->body.length
      && !(packed->finished && packed->taken + n == packed->out->len)) {
    vg_image_throw_unstable (error);
    return -1;
  }
  memcpy (buf, packed->out->data + packed->taken, n);
  packed->taken += n;
  if (packed->taken == packed->out->len) {
    g_byte_array_set_size (packed->out, 0);
    packed->taken = 0;
  }
  return (gssize) n;
}

static gssize
read_packed (VgBody *body, void *buf, gsize n, GError **error)
{
  Packed *packed = (Packed *) body;
  const VgQcow2Layout *layout = &packed->plan.front;
  gssize got;

  n = MIN (n, body->length - packed->position);
  if (n == 0)
    return 0;
  if (packed->position < (layout->l1 + layout->n_l1) * VG_QCOW2_CLUSTER)
    got = (gssize) read_front (packed, buf, n);
  else
    got = read_behind (packed, buf, n, error);
  if (got > 0)
    packed->position += (guint64) got;
  return got;
}

static gboolean
rewind_packed (VgBody *body, GError **error)
{
  Packed *packed = (Packed *) body;

  if (!vg_block_scan_rewind (packed->squeeze, error))
    return FALSE;
  packed->position = 0;
  packed->taken = 0;
  packed->finished = FALSE;
  g_byte_array_set_size (packed->out, 0);
  vg_qcow2_compressed_layout_free (packed->packer);
  packed->packer = vg_qcow2_compressed_layout_new (&packed->plan, packed->out);
  return TRUE;
}

static void
free_packed (VgBody *body)
{
  Packed *packed = (Packed *) body;

  vg_qcow2_compressed_layout_free (packed->packer);
  g_byte_array_unref (packed->out);
  vg_block_scan_free (packed->squeeze);
  vg_body_free (packed->data);
  g_array_unref (packed->plan.refblocks);
  g_free (packed->plan.l2);
  g_free (packed);
}

/* The next block, and progress. */
static gboolean
look_at (VgBlockScan *squeeze, const VgBlock **block, guint64 *done,
         guint64 total, VgQcow2CompressedProgress progress, gpointer user_data,
         GError **error)
{
  if (!vg_block_scan_next (squeeze, block, error))
    return FALSE;
  if (*block != NULL && progress != NULL && ++*done % PROGRESS_EVERY == 0)
    progress (MIN (*done * VG_MAP_BLOCK_SIZE, total), total, user_data);
  return TRUE;
}

/* The first time. */
static gboolean
measure (Packed *packed, guint64 total, VgQcow2CompressedProgress progress,
         gpointer user_data, GError **error)
{
  g_autoptr (VgQcow2CompressedLayout) packer =
      vg_qcow2_compressed_layout_new (&packed->plan, NULL);
  guint64 done = 0;

  for (;;) {
    const VgBlock *block;

    if (!look_at (packed->squeeze, &block, &done, total, progress, user_data,
                  error))
      return FALSE;
    if (block == NULL)
      return vg_qcow2_compressed_layout_finish (packer, error);
    if (!vg_qcow2_compressed_layout_add (packer, block, error))
      return FALSE;
  }
}

/* The front, which is the longest that it can be: each data block a cluster of
 * its own. */
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
  Packed *packed = g_new0 (Packed, 1);
  g_autoptr (VgBody) body = &packed->body;

  packed->body.read = read_packed;
  packed->body.rewind = rewind_packed;
  packed->body.free = free_packed;
  packed->compression = compression;
  packed->data = data;
  packed->squeeze = vg_block_scan_new (compression, map, data);
  packed->out = g_byte_array_new ();
  packed->plan.refblocks = g_array_new (FALSE, FALSE, sizeof (guint64));
  if (!lay_out_front (&packed->plan.front, map)) {
    vg_image_throw_too_large (map, "qcow2", error);
    return NULL;
  }
  packed->plan.l2 = g_new0 (guint64, packed->plan.front.n_l1_entries);
  if (!measure (packed, vg_map_get_data_bytes (map), progress, user_data, error)
      || !rewind_packed (body, error))
    return NULL;
  packed->body.length = packed->plan.front.end * VG_QCOW2_CLUSTER;
  return g_steal_pointer (&body);
}

VgMap *
vg_qcow2_compressed_find_zeroes (const VgMap *map, VgBody *data,
                                 VgQcow2CompressedProgress progress,
                                 gpointer user_data, GError **error)
{
  g_autoptr (VgBlockScan) squeeze =
      vg_block_scan_new (VG_COMPRESSION_NONE, map, data);
  g_autoptr (VgMap) found = vg_map_new (vg_map_get_size (map));
  guint64 done = 0;

  for (;;) {
    const VgBlock *block;

    if (!look_at (squeeze, &block, &done, vg_map_get_data_bytes (map), progress,
                  user_data, error))
      return NULL;
    if (block == NULL)
      return g_steal_pointer (&found);
    if (block->kind != VG_BLOCK_ZERO)
      vg_map_add (found, block->number * VG_MAP_BLOCK_SIZE, VG_MAP_BLOCK_SIZE);
  }
}

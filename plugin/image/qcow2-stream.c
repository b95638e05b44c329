/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Qcow2 images of a chosen length as bodies: blocks go from the scan through
 * the layout, which makes whole clusters of them, and the budget chooses their
 * levels. */
#include "image/qcow2-stream.h"

#include <string.h>

#include "image/block-scan.h"
#include "image/budget.h"
#include "image/private.h"
#include "image/qcow2-stream-layout.h"

typedef enum {
  FRONT,
  DATA,
  TAIL,
} Phase;

typedef struct {
  VgBody body;
  VgBody *data;
  VgEstimate *estimate; /* borrowed */
  VgBudget budget;
  VgBlockScan *scan;
  VgQcow2Layout plan;

  Phase phase;
  VgQcow2StreamLayout *layout;
  guint64 n_added; /* data blocks */
  guint64 position;
  /* Whole clusters, and the number of bytes that were read from them. */
  GByteArray *out;
  gsize taken;
} Stream;

static VgBudgetState
get_state (const Stream *self)
{
  return (VgBudgetState){
    .left = vg_qcow2_stream_layout_get_left (self->layout),
    .n_groups = vg_qcow2_stream_layout_get_n_groups (self->layout),
    .n_added = self->n_added
  };
}

static gint
choose_level (guint64 number, gpointer user_data)
{
  Stream *self = user_data;
  VgBudgetState state = get_state (self);

  return vg_budget_choose (&self->budget, number, &state);
}

static gboolean
throw_tight (const Stream *self, GError **error)
{
  guint64 done = self->n_added * VG_MAP_BLOCK_SIZE;
  guint64 total = self->budget.n_blocks * VG_MAP_BLOCK_SIZE;
  gboolean plain = self->budget.levels.compression == VG_COMPRESSION_NONE;

  g_set_error (error, VG_IMAGE_ERROR, VG_IMAGE_ERROR_TIGHT,
               "the data %s than a sample of them: after %.0f %% of "
               "them an image of %" G_GUINT64_FORMAT " bytes is too short",
               plain ? "have fewer zeroes" : "compress less",
               (double) done * 100 / (double) total, self->body.length);
  return FALSE;
}

static gboolean
add_block (Stream *self, const VgBlock *block, GError **error)
{
  const VgCompression compression = self->budget.levels.compression;
  VgBudgetState state;
  gsize size = block->length;

  /* What a block would have taken if it had been compressed is not known. */
  if (block->kind == VG_BLOCK_ZERO)
    size = 0;
  else if (block->level == VG_BLOCK_SCAN_PLAIN
           && compression != VG_COMPRESSION_NONE)
    size = vg_estimate_get_forecast (self->estimate, self->n_added).first;
  if (!vg_qcow2_stream_layout_add (self->layout, block))
    return throw_tight (self, error);
  vg_estimate_learn (self->estimate, self->n_added++, size);
  state = get_state (self);
  return !vg_budget_is_hopeless (&self->budget, &state)
         || throw_tight (self, error);
}

static gboolean
put_some (Stream *self, GError **error)
{
  const VgBlock *block;

  switch (self->phase) {
  case FRONT:
    if (!vg_qcow2_stream_layout_put_front (self->layout))
      self->phase = DATA;
    return TRUE;
  case DATA:
    if (!vg_block_scan_next (self->scan, &block, error))
      return FALSE;
    if (block != NULL)
      return add_block (self, block, error);
    vg_qcow2_stream_layout_end_data (self->layout);
    self->phase = TAIL;
    return TRUE;
  case TAIL:
    return vg_qcow2_stream_layout_put_tail (self->layout);
  }
  g_assert_not_reached ();
}

static gssize
read_stream (VgBody *body, void *buf, gsize n, GError **error)
{
  Stream *self = (Stream *) body;

  if (self->position == body->length)
    return 0;
  while (self->out->len == 0)
    if (!put_some (self, error))
      return -1;
  n = MIN (n, self->out->len - self->taken);
  memcpy (buf, self->out->data + self->taken, n);
  self->taken += n;
  self->position += n;
  if (self->taken == self->out->len) {
    g_byte_array_set_size (self->out, 0);
    self->taken = 0;
  }
  return (gssize) n;
}

static void
begin (Stream *self)
{
  self->phase = FRONT;
  self->n_added = 0;
  self->position = 0;
  self->taken = 0;
  g_byte_array_set_size (self->out, 0);
  vg_qcow2_stream_layout_free (self->layout);
  self->layout = vg_qcow2_stream_layout_new (
      &self->plan, self->budget.levels.compression, self->out);
  vg_budget_rewind (&self->budget);
  vg_estimate_begin (self->estimate);
}

static gboolean
rewind_stream (VgBody *body, GError **error)
{
  Stream *self = (Stream *) body;

  if (!vg_block_scan_rewind (self->scan, error))
    return FALSE;
  begin (self);
  return TRUE;
}

static void
free_stream (VgBody *body)
{
  Stream *self = (Stream *) body;

  vg_qcow2_stream_layout_free (self->layout);
  g_byte_array_unref (self->out);
  vg_block_scan_free (self->scan);
  vg_body_free (self->data);
  g_free (self);
}

VgBody *
vg_qcow2_stream_new (const VgCodecLevels *levels, const VgMap *map,
                     VgBody *data, VgEstimate *estimate, gboolean whole,
                     GError **error)
{
  Stream *self = g_new0 (Stream, 1);
  g_autoptr (VgBody) body = &self->body;

  self->body.read = read_stream;
  self->body.rewind = rewind_stream;
  self->body.free = free_stream;
  self->data = data;
  self->estimate = estimate;
  self->out = g_byte_array_new ();
  vg_budget_init (&self->budget, estimate, levels, map, whole);
  if (!vg_qcow2_stream_layout_fit (&self->plan, vg_map_get_size (map),
                                   self->budget.room)) {
    vg_image_throw_too_large (map, "qcow2", error);
    return NULL;
  }
  self->scan =
      vg_block_scan_new (levels->compression, map, data, choose_level, self);
  self->body.length = self->plan.end * VG_QCOW2_CLUSTER;
  begin (self);
  return g_steal_pointer (&body);
}

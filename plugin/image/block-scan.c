/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Blocks go round in a ring of slots: the thread that asks for them fills free
 * slots with data, a pool's threads look into them in any order, and they are
 * given out in the order in which they were filled. */
#include "image/block-scan.h"

#include <string.h>

#include "image/codec.h"
#include "image/private.h"

#define N_SLOTS 64
#define MAX_THREADS 16

/* A block that isn't a sixteenth shorter is faster read as it is. */
#define MAX_COMPRESSED (VG_MAP_BLOCK_SIZE / 16 * 15)

typedef struct {
  VgBlock block;
  gboolean done; /* by the squeeze's lock */
  guint8 in[VG_MAP_BLOCK_SIZE];
  guint8 out[MAX_COMPRESSED];
} Slot;

struct _VgSqueeze {
  VgCompression compression;
  const VgMap *map;
  VgBody *data;
  guint64 data_done; /* bytes read of data */
  guint64 next;      /* the block to be read next … */
  guint64 run_end;   /* … and where its run of data blocks ends */

  Slot *slots;
  guint64 head, tail; /* filled are [head, tail), modulo N_SLOTS */
  GThreadPool *pool;
  GAsyncQueue *codecs; /* VgCodecs that no thread uses just now */
  GMutex lock;
  GCond changed;
};

static gboolean
is_zero (const guint8 *bytes)
{
  return bytes[0] == 0 && memcmp (bytes, bytes + 1, VG_MAP_BLOCK_SIZE - 1) == 0;
}

static gsize
compress (VgBlockScan *squeeze, Slot *slot)
{
  VgCodec *codec;
  gsize length;

  if (squeeze->compression == VG_COMPRESSION_NONE)
    return 0;
  codec = g_async_queue_try_pop (squeeze->codecs);
  if (codec == NULL)
    codec = vg_codec_new (squeeze->compression);
  length = vg_codec_compress (codec, slot->in, sizeof slot->in, slot->out,
                              sizeof slot->out);
  g_async_queue_push (squeeze->codecs, codec);
  return length;
}

/* By a thread of the pool. */
static void
look_into (gpointer data, gpointer user_data)
{
  Slot *slot = data;
  VgBlockScan *squeeze = user_data;
  VgBlock *block = &slot->block;
  gboolean zero = is_zero (slot->in);
  gsize length = zero ? 0 : compress (squeeze, slot);
  g_autoptr (GMutexLocker) locker = NULL;

  block->kind = length > 0 ? VG_BLOCK_COMPRESSED
                : zero     ? VG_BLOCK_ZERO
                           : VG_BLOCK_PLAIN;
  block->bytes = length > 0 ? slot->out : slot->in;
  block->length = length > 0 ? length : sizeof slot->in;
  locker = g_mutex_locker_new (&squeeze->lock);
  slot->done = TRUE;
  g_cond_signal (&squeeze->changed);
}

VgBlockScan *
vg_block_scan_new (VgCompression compression, const VgMap *map, VgBody *data)
{
  VgBlockScan *squeeze = g_new0 (VgBlockScan, 1);

  squeeze->compression = compression;
  squeeze->map = map;
  squeeze->data = data;
  squeeze->slots = g_new (Slot, N_SLOTS);
  squeeze->codecs = g_async_queue_new_full ((GDestroyNotify) vg_codec_free);
  g_mutex_init (&squeeze->lock);
  g_cond_init (&squeeze->changed);
  /* (One that shares its threads with others can't fail.) */
  squeeze->pool = g_thread_pool_new (
      look_into, squeeze, (gint) MIN (g_get_num_processors (), MAX_THREADS),
      FALSE, NULL);
  return squeeze;
}

void
vg_block_scan_free (VgBlockScan *squeeze)
{
  if (squeeze == NULL)
    return;
  g_thread_pool_free (squeeze->pool, TRUE, TRUE);
  g_async_queue_unref (squeeze->codecs);
  g_mutex_clear (&squeeze->lock);
  g_cond_clear (&squeeze->changed);
  g_free (squeeze->slots);
  g_free (squeeze);
}

/* All of the block's bytes; what the disk's end cuts off is zero. */
static gboolean
read_block (VgBlockScan *squeeze, Slot *slot, GError **error)
{
  guint64 total = vg_map_get_data_bytes (squeeze->map);
  gsize length = MIN (sizeof slot->in, total - squeeze->data_done);

  for (gsize got = 0; got < length;) {
    gssize part =
        vg_image_read_data (squeeze->data, slot->in + got, length - got,
                            squeeze->data_done, total, error);

    if (part < 0)
      return FALSE;
    got += (gsize) part;
    squeeze->data_done += (guint64) part;
  }
  memset (slot->in + length, 0, sizeof slot->in - length);
  return TRUE;
}

/* FALSE at the end of the map. */
static gboolean
find_block (VgBlockScan *squeeze)
{
  guint64 first, n_blocks;

  if (squeeze->next < squeeze->run_end)
    return TRUE;
  if (!vg_map_next_run (squeeze->map, squeeze->next, &first, &n_blocks))
    return FALSE;
  squeeze->next = first;
  squeeze->run_end = first + n_blocks;
  return TRUE;
}

static gboolean
fill_slots (VgBlockScan *squeeze, GError **error)
{
  while (squeeze->tail - squeeze->head < N_SLOTS && find_block (squeeze)) {
    Slot *slot = &squeeze->slots[squeeze->tail % N_SLOTS];

    if (!read_block (squeeze, slot, error))
      return FALSE;
    slot->block.number = squeeze->next++;
    slot->done = FALSE;
    squeeze->tail++;
    g_thread_pool_push (squeeze->pool, slot, NULL);
  }
  return TRUE;
}

static void
wait_for (VgBlockScan *squeeze, const Slot *slot)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&squeeze->lock);

  while (!slot->done)
    g_cond_wait (&squeeze->changed, &squeeze->lock);
}

gboolean
vg_block_scan_next (VgBlockScan *squeeze, const VgBlock **block, GError **error)
{
  Slot *slot;

  *block = NULL;
  if (!fill_slots (squeeze, error))
    return FALSE;
  if (squeeze->head == squeeze->tail)
    return TRUE;
  slot = &squeeze->slots[squeeze->head % N_SLOTS];
  wait_for (squeeze, slot);
  squeeze->head++;
  *block = &slot->block;
  return TRUE;
}

gboolean
vg_block_scan_rewind (VgBlockScan *squeeze, GError **error)
{
  for (; squeeze->head < squeeze->tail; squeeze->head++)
    wait_for (squeeze, &squeeze->slots[squeeze->head % N_SLOTS]);
  squeeze->data_done = 0;
  squeeze->next = squeeze->run_end = 0;
  return vg_body_rewind (squeeze->data, error);
}

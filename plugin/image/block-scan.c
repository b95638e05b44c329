/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ring of slots holds the blocks. The calling thread fills free slots with
 * data, a pool's threads examine them in any order, and blocks are returned in
 * the order in which they were read. */
#include "image/block-scan.h"

#include <string.h>

#include "image/codec.h"
#include "image/private.h"

#define N_SLOTS (VG_BLOCK_SCAN_AHEAD + 1)
#define MAX_THREADS 16

/* A block that shrinks by less than a sixteenth is stored uncompressed, because
 * that is faster to read. */
#define MAX_COMPRESSED (VG_MAP_BLOCK_SIZE / 16 * 15)

typedef struct {
  VgBlock block;
  gboolean done; /* protected by the scan's lock */
  guint8 in[VG_MAP_BLOCK_SIZE];
  guint8 out[MAX_COMPRESSED];
} Slot;

struct _VgBlockScan {
  VgCompression compression;
  VgBlockScanChoose choose;
  gpointer choose_data;
  const VgMap *map;
  VgBody *data;
  guint64 data_done; /* bytes read from data */
  guint64 next;      /* next block to read */
  guint64 run_end;   /* end of the run of data blocks that next is in */

  Slot *slots;
  guint64 head, tail; /* slots [head, tail), modulo N_SLOTS, are filled */
  GThreadPool *pool;
  GAsyncQueue *codecs; /* idle VgCodecs */
  GMutex lock;
  GCond changed;
};

static gboolean
is_zero (const guint8 *bytes)
{
  return bytes[0] == 0 && memcmp (bytes, bytes + 1, VG_MAP_BLOCK_SIZE - 1) == 0;
}

static gsize
compress_slot (VgBlockScan *scan, Slot *slot)
{
  VgCodec *codec;
  gsize length;

  if (scan->compression == VG_COMPRESSION_NONE
      || slot->block.level == VG_BLOCK_SCAN_PLAIN)
    return 0;
  codec = g_async_queue_try_pop (scan->codecs);
  if (codec == NULL)
    codec = vg_codec_new (scan->compression);
  length = vg_codec_compress (codec, slot->block.level, slot->in,
                              sizeof slot->in, slot->out, sizeof slot->out);
  g_async_queue_push (scan->codecs, codec);
  return length;
}

static void
classify_block (VgBlockScan *scan, Slot *slot)
{
  VgBlock *block = &slot->block;
  gboolean zero = is_zero (slot->in);
  gsize length = zero ? 0 : compress_slot (scan, slot);

  block->kind = length > 0 ? VG_BLOCK_COMPRESSED
                : zero     ? VG_BLOCK_ZERO
                           : VG_BLOCK_PLAIN;
  block->bytes = length > 0 ? slot->out : slot->in;
  block->length = length > 0 ? length : sizeof slot->in;
}

/* Runs in a thread of the pool. */
static void
run_block (gpointer data, gpointer user_data)
{
  Slot *slot = data;
  VgBlockScan *scan = user_data;
  g_autoptr (GMutexLocker) locker = NULL;

  classify_block (scan, slot);
  locker = g_mutex_locker_new (&scan->lock);
  slot->done = TRUE;
  g_cond_signal (&scan->changed);
}

VgBlockScan *
vg_block_scan_new (VgCompression compression, const VgMap *map, VgBody *data,
                   VgBlockScanChoose choose, gpointer user_data)
{
  VgBlockScan *scan = g_new0 (VgBlockScan, 1);

  scan->compression = compression;
  scan->choose = choose;
  scan->choose_data = user_data;
  scan->map = map;
  scan->data = data;
  scan->slots = g_new (Slot, N_SLOTS);
  scan->codecs = g_async_queue_new_full ((GDestroyNotify) vg_codec_free);
  g_mutex_init (&scan->lock);
  g_cond_init (&scan->changed);
  /* A pool with shared threads can't fail. */
  scan->pool = g_thread_pool_new (
      run_block, scan, (gint) MIN (g_get_num_processors (), MAX_THREADS), FALSE,
      NULL);
  return scan;
}

void
vg_block_scan_free (VgBlockScan *scan)
{
  if (scan == NULL)
    return;
  g_thread_pool_free (scan->pool, TRUE, TRUE);
  g_async_queue_unref (scan->codecs);
  g_mutex_clear (&scan->lock);
  g_cond_clear (&scan->changed);
  g_free (scan->slots);
  g_free (scan);
}

/* Reads a whole block. Bytes beyond the end of the disk become zero. */
static gboolean
read_block (VgBlockScan *scan, Slot *slot, GError **error)
{
  guint64 total = vg_map_get_data_bytes (scan->map);
  gsize length = MIN (sizeof slot->in, total - scan->data_done);

  for (gsize got = 0; got < length;) {
    gssize part = vg_image_read_data (scan->data, slot->in + got, length - got,
                                      scan->data_done, total, error);

    if (part < 0)
      return FALSE;
    got += (gsize) part;
    scan->data_done += (guint64) part;
  }
  memset (slot->in + length, 0, sizeof slot->in - length);
  return TRUE;
}

/* Moves to the next data block. FALSE at the end of the map. */
static gboolean
find_data_block (VgBlockScan *scan)
{
  guint64 first, n_blocks;

  if (scan->next < scan->run_end)
    return TRUE;
  if (!vg_map_next_run (scan->map, scan->next, &first, &n_blocks))
    return FALSE;
  scan->next = first;
  scan->run_end = first + n_blocks;
  return TRUE;
}

static gboolean
fill_slots (VgBlockScan *scan, GError **error)
{
  while (scan->tail - scan->head < N_SLOTS && find_data_block (scan)) {
    Slot *slot = &scan->slots[scan->tail % N_SLOTS];

    if (!read_block (scan, slot, error))
      return FALSE;
    slot->block.number = scan->next++;
    slot->block.level = scan->compression == VG_COMPRESSION_NONE
                            ? VG_BLOCK_SCAN_PLAIN
                            : scan->choose (scan->tail, scan->choose_data);
    scan->tail++;
    /* Handing it over takes longer than to look for zeroes. */
    slot->done = slot->block.level == VG_BLOCK_SCAN_PLAIN;
    if (slot->done)
      classify_block (scan, slot);
    else
      g_thread_pool_push (scan->pool, slot, NULL);
  }
  return TRUE;
}

static void
wait_for_slot (VgBlockScan *scan, const Slot *slot)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&scan->lock);

  while (!slot->done)
    g_cond_wait (&scan->changed, &scan->lock);
}

gboolean
vg_block_scan_next (VgBlockScan *scan, const VgBlock **block, GError **error)
{
  Slot *slot;

  *block = NULL;
  if (!fill_slots (scan, error))
    return FALSE;
  if (scan->head == scan->tail)
    return TRUE;
  slot = &scan->slots[scan->head % N_SLOTS];
  wait_for_slot (scan, slot);
  scan->head++;
  *block = &slot->block;
  return TRUE;
}

gboolean
vg_block_scan_rewind (VgBlockScan *scan, GError **error)
{
  for (; scan->head < scan->tail; scan->head++)
    wait_for_slot (scan, &scan->slots[scan->head % N_SLOTS]);
  scan->head = scan->tail = 0;
  scan->data_done = 0;
  scan->next = scan->run_end = 0;
  return vg_body_rewind (scan->data, error);
}

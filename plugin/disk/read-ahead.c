/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ring of slots, each with one piece; and a ring of memory, so that small
 * pieces leave space for others. Slots are filled and returned in disk order.
 */
#include "disk/read-ahead.h"

#include <string.h>

#include "disk/disk.h"

/* Many small requests in flight, or few large ones: QEMU uses a third less CPU
 * time than with pieces of 256 KiB. */
#define N_SLOTS 64
#define PIECE_SIZE ((guint32) 1 << 20)
#define MEMORY_SIZE ((gsize) 16 << 20)

/* The transport is looked at once in so many bytes at least, so that it never
 * waits long, and not for every small read. */
#define LOOK_EVERY ((guint32) 256 << 10)

/* Interval between checks for cancellation, in ms. */
#define POLL_MS 200

typedef struct {
  VgPiece piece;      /* its buffer is in the window's memory */
  guint64 memory_end; /* memory_tail of the window after this piece */
  guint32 taken;      /* bytes returned so far */
} Slot;

typedef struct {
  VgBody base;
  const VgReadAheadOps *functions;
  gpointer transport;
  const VgMap *map;
  GCancellable *cancellable;

  guint8 *memory;                   /* MEMORY_SIZE bytes, a ring */
  guint64 memory_head, memory_tail; /* the part in use, modulo MEMORY_SIZE */
  Slot slots[N_SLOTS];
  guint64 head; /* number of the slot to return next */
  guint64 tail; /* number of the slot to fill next */

  guint64 unlooked; /* bytes returned since the transport was looked at */

  guint64 next_block;          /* where to continue in the map */
  guint64 run_offset, run_end; /* rest of the current run, in bytes */
} Window;

gboolean
vg_read_ahead_throw_read (GError **error, guint64 offset, const char *why)
{
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_READ,
               "reading at offset %" G_GUINT64_FORMAT " failed: %s", offset,
               why ? why : "unknown error");
  return FALSE;
}

/* The next piece of the map's data, starting at run_offset: its length, or 0 at
 * the end. */
static guint32
peek_piece (Window *window)
{
  if (window->run_offset == window->run_end) {
    guint64 first, n_blocks;

    if (!vg_map_next_run (window->map, window->next_block, &first, &n_blocks))
      return 0;
    window->next_block = first + n_blocks;
    window->run_offset = first * VG_MAP_BLOCK_SIZE;
    window->run_end = MIN (window->next_block * VG_MAP_BLOCK_SIZE,
                           vg_map_get_size (window->map));
  }
  return (guint32) MIN (PIECE_SIZE, window->run_end - window->run_offset);
}

/* Reserves contiguous memory for the slot's piece. FALSE if it is not free yet.
 */
static gboolean
reserve_memory (Window *window, Slot *slot)
{
  gsize length = slot->piece.length;
  gsize at = window->memory_tail % MEMORY_SIZE;
  gsize skipped = at + length > MEMORY_SIZE ? MEMORY_SIZE - at : 0;
  guint64 end = window->memory_tail + skipped + length;

  if (end - window->memory_head > MEMORY_SIZE)
    return FALSE;
  slot->piece.buffer = window->memory + (at + skipped) % MEMORY_SIZE;
  slot->memory_end = end;
  return TRUE;
}

static gboolean
fill_slots (Window *window, GError **error)
{
  while (window->tail - window->head < N_SLOTS) {
    Slot *slot = &window->slots[window->tail % N_SLOTS];
    VgPiece *piece = &slot->piece;

    piece->length = peek_piece (window);
    if (piece->length == 0 || !reserve_memory (window, slot))
      return TRUE;
    piece->offset = window->run_offset;
    piece->done = FALSE;
    piece->error = 0;
    slot->taken = 0;
    if (!window->functions->submit (window->transport, piece, error))
      return FALSE;
    window->tail++;
    window->memory_tail = slot->memory_end;
    window->run_offset += piece->length;
  }
  return TRUE;
}

/* Copies available data, in order. Returns -1 for a failed piece. */
static gssize
copy_bytes (Window *window, guint8 *buffer, gsize n, GError **error)
{
  gsize copied = 0;

  while (copied < n && window->head < window->tail) {
    Slot *slot = &window->slots[window->head % N_SLOTS];
    const VgPiece *piece = &slot->piece;
    gsize part = MIN (n - copied, piece->length - slot->taken);

    if (!piece->done)
      break;
    if (piece->error != 0) {
      window->functions->throw_piece (window->transport, piece, error);
      return -1;
    }
    memcpy (buffer + copied, piece->buffer + slot->taken, part);
    slot->taken += (guint32) part;
    copied += part;
    if (slot->taken == piece->length) {
      window->head++;
      window->memory_head = slot->memory_end;
    }
  }
  return (gssize) copied;
}

/* Lets the transport make progress, unless there are bytes anyway. */
static gboolean
look (Window *window, const VgPiece *next, int timeout_ms, GError **error)
{
  if (window->head < window->tail && next->done
      && window->unlooked < LOOK_EVERY)
    return TRUE;
  window->unlooked = 0;
  return window->functions->progress (window->transport, next, timeout_ms,
                                      error);
}

static gssize
window_read (VgBody *body, void *buffer, gsize n, GError **error)
{
  Window *window = (Window *) body;
  int timeout_ms = 0;

  for (;;) {
    const VgPiece *next = &window->slots[window->head % N_SLOTS].piece;
    gssize copied;

    if (g_cancellable_set_error_if_cancelled (window->cancellable, error)
        || !fill_slots (window, error)
        || !look (window, next, timeout_ms, error))
      return -1;
    copied = copy_bytes (window, buffer, n, error);
    window->unlooked += copied > 0 ? (guint64) copied : 0;
    if (copied != 0 || window->head == window->tail)
      return copied;
    timeout_ms = POLL_MS;
  }
}

static gboolean
window_rewind (VgBody *body, GError **error)
{
  Window *window = (Window *) body;

  window->head = window->tail = 0;
  window->memory_head = window->memory_tail = 0;
  window->next_block = 0;
  window->run_offset = window->run_end = 0;
  window->unlooked = 0;
  return window->functions->reset (window->transport, error);
}

static void
window_free (VgBody *body)
{
  Window *window = (Window *) body;

  window->functions->free (window->transport);
  g_clear_object (&window->cancellable);
  g_free (window->memory);
  g_free (window);
}

VgBody *
vg_read_ahead_new (const VgReadAheadOps *functions, gpointer transport,
                   const VgMap *map, GCancellable *cancellable)
{
  Window *window = g_new0 (Window, 1);

  window->base.length = vg_map_get_data_bytes (map);
  window->base.read = window_read;
  window->base.rewind = window_rewind;
  window->base.free = window_free;
  window->functions = functions;
  window->transport = transport;
  window->map = map;
  g_set_object (&window->cancellable, cancellable);
  window->memory = g_malloc (MEMORY_SIZE);
  return &window->base;
}

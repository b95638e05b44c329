/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The data blocks of an NBD export as a body: a ring of slots, each with one
 * request. Slots are filled in the order of the disk and given out in that
 * order, while the requests are spread over several connections and may end in
 * any order. No thread: replies are taken in whenever somebody pulls, and the
 * server works on the others meanwhile.
 */
#include "disk/nbd.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "disk/disk.h"

#define N_CONNECTIONS 4

/* Many small requests at a time, or few large ones: with these QEMU works a
 * third less than with pieces of 256 KiB. */
#define N_SLOTS 64
#define PIECE_SIZE ((guint32) 1 << 20)
#define MEMORY_SIZE ((gsize) 16 << 20)

/* How long to sleep before looking whether we were cancelled, in ms. */
#define POLL_MS 200

typedef struct {
  guint8 *buffer; /* in the reader's memory */
  guint32 length;
  guint64 memory_end; /* of the reader's memory_tail, with it */
  guint32 taken;      /* bytes given out */
  guint64 offset;
  gboolean done;
  int error; /* errno, or 0 */
} Slot;

typedef struct {
  VgBody base;
  char *socket;
  char *export;
  const VgMap *map;
  GCancellable *cancellable;

  VgNbd *connections[N_CONNECTIONS];
  guint n_connections;
  guint turn; /* the connection that gets the next request */

  guint8 *memory;                   /* MEMORY_SIZE, a ring too */
  guint64 memory_head, memory_tail; /* what is used of it, counted on */
  Slot slots[N_SLOTS];
  guint64 head; /* number of the slot to give out next */
  guint64 tail; /* number of the slot to fill next */

  guint64 next_block;          /* the map is asked from here on */
  guint64 run_offset, run_end; /* rest of the run that is being read, bytes */
} Reader;

static int
on_completion (void *data, int *error)
{
  Slot *slot = data;

  slot->done = TRUE;
  slot->error = *error;
  return 1;
}

static gboolean
throw_read (GError **error, guint64 offset, const char *why)
{
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_READ,
               "reading at offset %" G_GUINT64_FORMAT " failed: %s", offset,
               why ? why : "unknown error");
  return FALSE;
}

/* The next piece of the map's data, from run_offset on: its length, or 0 at the
 * end. */
static guint32
peek_piece (Reader *reader)
{
  if (reader->run_offset == reader->run_end) {
    guint64 first, n_blocks;

    if (!vg_map_next_run (reader->map, reader->next_block, &first, &n_blocks))
      return 0;
    reader->next_block = first + n_blocks;
    reader->run_offset = first * VG_MAP_BLOCK_SIZE;
    reader->run_end = MIN (reader->next_block * VG_MAP_BLOCK_SIZE,
                           vg_map_get_size (reader->map));
  }
  return (guint32) MIN (PIECE_SIZE, reader->run_end - reader->run_offset);
}

/* Memory for the slot's length, in one piece. FALSE: not now. */
static gboolean
reserve (Reader *reader, Slot *slot)
{
  gsize at = reader->memory_tail % MEMORY_SIZE;
  gsize skipped = at + slot->length > MEMORY_SIZE ? MEMORY_SIZE - at : 0;
  guint64 end = reader->memory_tail + skipped + slot->length;

  if (end - reader->memory_head > MEMORY_SIZE)
    return FALSE;
  slot->buffer = reader->memory + (at + skipped) % MEMORY_SIZE;
  slot->memory_end = end;
  return TRUE;
}

static gboolean
fill_slots (Reader *reader, GError **error)
{
  while (reader->tail - reader->head < N_SLOTS) {
    Slot *slot = &reader->slots[reader->tail % N_SLOTS];
    nbd_completion_callback on_done = { .callback = on_completion,
                                        .user_data = slot };
    VgNbd *nbd = reader->connections[reader->turn];

    slot->length = peek_piece (reader);
    if (slot->length == 0 || !reserve (reader, slot))
      return TRUE;
    slot->offset = reader->run_offset;
    slot->taken = 0;
    slot->done = FALSE;
    slot->error = 0;
    if (nbd_aio_pread (nbd, slot->buffer, slot->length, slot->offset, on_done,
                       0)
        < 0)
      return vg_nbd_throw (nbd, slot->offset, error);
    reader->tail++;
    reader->memory_tail = slot->memory_end;
    reader->run_offset += slot->length;
    reader->turn = (reader->turn + 1) % reader->n_connections;
  }
  return TRUE;
}

/* Takes in what has arrived; waits up to timeout_ms for something. */
static gboolean
move_bytes (Reader *reader, int timeout_ms, GError **error)
{
  struct pollfd fds[N_CONNECTIONS] = { 0 };

  for (guint i = 0; i < reader->n_connections; i++) {
    guint direction = nbd_aio_get_direction (reader->connections[i]);

    fds[i].fd = nbd_aio_get_fd (reader->connections[i]);
    if ((direction & LIBNBD_AIO_DIRECTION_READ) != 0)
      fds[i].events |= POLLIN;
    if ((direction & LIBNBD_AIO_DIRECTION_WRITE) != 0)
      fds[i].events |= POLLOUT;
  }
  if (poll (fds, reader->n_connections, timeout_ms) < 0 && errno != EINTR)
    return throw_read (error, 0, g_strerror (errno));

  for (guint i = 0; i < reader->n_connections; i++) {
    VgNbd *nbd = reader->connections[i];
    int result = 0;

    if ((fds[i].revents & POLLOUT) != 0)
      result = nbd_aio_notify_write (nbd);
    else if (fds[i].revents != 0)
      result = nbd_aio_notify_read (nbd);
    if (result < 0)
      return vg_nbd_throw (nbd, reader->slots[reader->head % N_SLOTS].offset,
                           error);
  }
  return TRUE;
}

/* A request that failed: by itself, or with its connection. */
static void
throw_slot (Reader *reader, const Slot *slot, GError **error)
{
  for (guint i = 0; i < reader->n_connections; i++)
    if (vg_nbd_is_down (reader->connections[i])) {
      vg_nbd_throw (reader->connections[i], slot->offset, error);
      return;
    }
  throw_read (error, slot->offset, g_strerror (slot->error));
}

/* Copies what is there, in order. Returns -1 for a request that failed. */
static gssize
take (Reader *reader, guint8 *buffer, gsize n, GError **error)
{
  gsize copied = 0;

  while (copied < n && reader->head < reader->tail) {
    Slot *slot = &reader->slots[reader->head % N_SLOTS];
    gsize part = MIN (n - copied, slot->length - slot->taken);

    if (!slot->done)
      break;
    if (slot->error != 0) {
      throw_slot (reader, slot, error);
      return -1;
    }
    memcpy (buffer + copied, slot->buffer + slot->taken, part);
    slot->taken += (guint32) part;
    copied += part;
    if (slot->taken == slot->length) {
      reader->head++;
      reader->memory_head = slot->memory_end;
    }
  }
  return (gssize) copied;
}

static gssize
reader_read (VgBody *body, void *buffer, gsize n, GError **error)
{
  Reader *reader = (Reader *) body;
  int timeout_ms = 0;

  for (;;) {
    gssize copied;

    if (g_cancellable_set_error_if_cancelled (reader->cancellable, error)
        || !fill_slots (reader, error)
        || !move_bytes (reader, timeout_ms, error))
      return -1;
    copied = take (reader, buffer, n, error);
    if (copied != 0 || reader->head == reader->tail)
      return copied;
    timeout_ms = POLL_MS;
  }
}

static void
disconnect (Reader *reader)
{
  for (guint i = 0; i < reader->n_connections; i++)
    nbd_close (reader->connections[i]);
  reader->n_connections = 0;
}

static gboolean
connect_all (Reader *reader, GError **error)
{
  guint wanted = 1;

  while (reader->n_connections < wanted) {
    VgNbd *nbd = vg_nbd_connect (reader->socket, reader->export, error);

    if (nbd == NULL)
      return FALSE;
    reader->connections[reader->n_connections++] = nbd;
    if (nbd_can_multi_conn (nbd) == 1)
      wanted = N_CONNECTIONS;
  }
  reader->turn = 0;
  return TRUE;
}

/* New connections, so that no reply to an old request can come any more. */
static gboolean
reader_rewind (VgBody *body, GError **error)
{
  Reader *reader = (Reader *) body;

  disconnect (reader);
  reader->head = reader->tail = 0;
  reader->memory_head = reader->memory_tail = 0;
  reader->next_block = 0;
  reader->run_offset = reader->run_end = 0;
  return connect_all (reader, error);
}

static void
reader_free (VgBody *body)
{
  Reader *reader = (Reader *) body;

  disconnect (reader);
  g_clear_object (&reader->cancellable);
  g_free (reader->memory);
  g_free (reader->socket);
  g_free (reader->export);
  g_free (reader);
}

VgBody *
vg_nbd_reader_new (const char *socket, const char *export, const VgMap *map,
                   GCancellable *cancellable, GError **error)
{
  Reader *reader = g_new0 (Reader, 1);
  g_autoptr (VgBody) body = &reader->base;

  reader->base.length = vg_map_get_data_bytes (map);
  reader->base.read = reader_read;
  reader->base.rewind = reader_rewind;
  reader->base.free = reader_free;
  reader->socket = g_strdup (socket);
  reader->export = g_strdup (export);
  reader->map = map;
  g_set_object (&reader->cancellable, cancellable);
  reader->memory = g_malloc (MEMORY_SIZE);
  if (!connect_all (reader, error))
    return NULL;
  return g_steal_pointer (&body);
}

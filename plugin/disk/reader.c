/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The data blocks of an NBD export as a body. Requests are distributed over
 * several connections, and may complete in any order. Replies are processed
 * when the body is read; the server works on other requests meanwhile. */
#include "disk/nbd.h"

#include <errno.h>
#include <poll.h>

#include "disk/disk.h"
#include "disk/read-ahead.h"

#define N_CONNECTIONS 4

typedef struct {
  char *socket;
  char *export;
  GPtrArray *idle; /* or NULL */
  VgNbd *connections[N_CONNECTIONS];
  guint n_connections;
  guint turn; /* the connection for the next request */
  GCancellable *cancellable;
} Reader;

static int
on_completion (void *data, int *error)
{
  VgPiece *piece = data;

  piece->error = *error;
  piece->done = TRUE;
  return 1;
}

static gboolean
reader_submit (gpointer transport, VgPiece *piece, GError **error)
{
  Reader *reader = transport;
  VgNbd *nbd = reader->connections[reader->turn];
  nbd_completion_callback on_done = { .callback = on_completion,
                                      .user_data = piece };

  if (nbd_aio_pread (nbd, piece->buffer, piece->length, piece->offset, on_done,
                     0)
      < 0)
    return vg_nbd_throw (nbd, piece->offset, error);
  reader->turn = (reader->turn + 1) % reader->n_connections;
  return TRUE;
}

static gboolean
reader_progress (gpointer transport, const VgPiece *next, int timeout_ms,
                 GError **error)
{
  Reader *reader = transport;
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
    return vg_read_ahead_throw_read (error, next->offset, g_strerror (errno));

  for (guint i = 0; i < reader->n_connections; i++) {
    VgNbd *nbd = reader->connections[i];
    int result = 0;

    if ((fds[i].revents & POLLOUT) != 0)
      result = nbd_aio_notify_write (nbd);
    else if (fds[i].revents != 0)
      result = nbd_aio_notify_read (nbd);
    if (result < 0)
      return vg_nbd_throw (nbd, next->offset, error);
  }
  return TRUE;
}

/* The request, or its connection, failed. */
static void
reader_throw_piece (gpointer transport, const VgPiece *piece, GError **error)
{
  Reader *reader = transport;

  for (guint i = 0; i < reader->n_connections; i++)
    if (vg_nbd_is_down (reader->connections[i])) {
      vg_nbd_throw (reader->connections[i], piece->offset, error);
      return;
    }
  vg_read_ahead_throw_read (error, piece->offset, g_strerror (piece->error));
}

static void
disconnect (Reader *reader)
{
  for (guint i = 0; i < reader->n_connections; i++)
    nbd_close (reader->connections[i]);
  reader->n_connections = 0;
}

/* One that has nothing to do, or a new one. */
static VgNbd *
take_connection (Reader *reader, GError **error)
{
  GPtrArray *idle = reader->idle;

  if (idle != NULL && idle->len > 0)
    return g_ptr_array_steal_index (idle, idle->len - 1);
  return vg_nbd_connect (reader->socket, reader->export, reader->cancellable,
                         error);
}

/* Leaves those to the next reader on which no reply is still to come. */
static void
give_back (Reader *reader)
{
  for (guint i = 0; i < reader->n_connections; i++) {
    VgNbd *nbd = reader->connections[i];

    if (reader->idle != NULL && nbd_aio_is_ready (nbd) == 1
        && nbd_aio_in_flight (nbd) == 0)
      g_ptr_array_add (reader->idle, nbd);
    else
      nbd_close (nbd);
  }
  reader->n_connections = 0;
}

static gboolean
connect_all (Reader *reader, GError **error)
{
  guint wanted = 1;

  while (reader->n_connections < wanted) {
    VgNbd *nbd = take_connection (reader, error);

    if (nbd == NULL)
      return FALSE;
    reader->connections[reader->n_connections++] = nbd;
    if (nbd_can_multi_conn (nbd) == 1)
      wanted = N_CONNECTIONS;
  }
  reader->turn = 0;
  return TRUE;
}

/* Opens new connections, so that no replies to old requests arrive. */
static gboolean
reader_reset (gpointer transport, GError **error)
{
  disconnect (transport);
  return connect_all (transport, error);
}

static void
reader_free (gpointer transport)
{
  Reader *reader = transport;

  give_back (reader);
  g_free (reader->socket);
  g_free (reader->export);
  g_clear_object (&reader->cancellable);
  g_free (reader);
}

static const VgReadAheadOps functions = {
  .submit = reader_submit,
  .progress = reader_progress,
  .throw_piece = reader_throw_piece,
  .reset = reader_reset,
  .free = reader_free,
};

GPtrArray *
vg_nbd_idle_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) nbd_close);
}

VgBody *
vg_nbd_reader_new (const char *socket, const char *export, GPtrArray *idle,
                   const VgMap *map, GCancellable *cancellable, GError **error)
{
  Reader *reader = g_new0 (Reader, 1);

  reader->idle = idle;
  reader->socket = g_strdup (socket);
  reader->export = g_strdup (export);
  g_set_object (&reader->cancellable, cancellable);
  if (!connect_all (reader, error)) {
    reader_free (reader);
    return NULL;
  }
  return vg_read_ahead_new (&functions, reader, map, cancellable);
}

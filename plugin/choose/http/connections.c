/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libsoup bounds neither the number of connections nor their idle time. A
 * connection is known by its remote address, the object that libsoup is given
 * and gives back. Closing means to shut the socket down: libsoup reads its end,
 * and frees it. */
#include "choose/http/connections.h"

#include <gio/gunixsocketaddress.h>

#define MAX_CONNECTIONS 400
#define IDLE_US (15 * (gint64) G_USEC_PER_SEC)

typedef struct {
  GSocketConnection *stream;
  GSocketAddress *remote; /* the key */
  gint64 since;           /* when the wait for a request began, monotonic µs */
  guint busy;             /* requests that are not answered */
  gboolean closing;
} Connection;

struct _VgConnections {
  SoupServer *server;
  GSocketService *service;
  GHashTable *table; /* GSocketAddress * → Connection * */
  guint timer;
};

static void
free_connection (gpointer data)
{
  Connection *connection = data;

  g_object_unref (connection->stream);
  g_object_unref (connection->remote);
  g_free (connection);
}

static void
shut (Connection *connection)
{
  connection->closing = TRUE;
  (void) g_socket_shutdown (g_socket_connection_get_socket (connection->stream),
                            TRUE, TRUE, NULL);
}

/* Forgets those that are closed, shuts those that are idle for too long, and
 * returns the one that is idle for longest, or NULL. */
static Connection *
sweep (VgConnections *connections)
{
  gint64 now = g_get_monotonic_time ();
  Connection *oldest = NULL;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, connections->table);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Connection *connection = value;

    if (g_io_stream_is_closed (G_IO_STREAM (connection->stream))) {
      g_hash_table_iter_remove (&iter);
      continue;
    }
    if (connection->busy > 0 || connection->closing)
      continue;
    if (now - connection->since > IDLE_US)
      shut (connection);
    else if (oldest == NULL || connection->since < oldest->since)
      oldest = connection;
  }
  return oldest;
}

static gboolean
on_tick (gpointer data)
{
  sweep (data);
  return G_SOURCE_CONTINUE;
}

/* A unix socket's peer has no address. */
static GSocketAddress *
get_remote (GSocketConnection *stream)
{
  GSocketAddress *remote =
      g_socket_connection_get_remote_address (stream, NULL);

  if (remote != NULL && !G_IS_UNIX_SOCKET_ADDRESS (remote))
    return remote;
  g_clear_object (&remote);
  return g_inet_socket_address_new_from_string ("127.0.0.1", 0);
}

/* At the limit, the new connection takes the place of the one that has been
 * silent for longest; if all are busy, it is closed. */
static gboolean
make_room (VgConnections *connections)
{
  Connection *oldest;

  if (g_hash_table_size (connections->table) < MAX_CONNECTIONS)
    return TRUE;
  oldest = sweep (connections);
  if (g_hash_table_size (connections->table) < MAX_CONNECTIONS)
    return TRUE;
  if (oldest == NULL)
    return FALSE;
  shut (oldest);
  g_hash_table_remove (connections->table, oldest->remote);
  return TRUE;
}

static gboolean
on_incoming (G_GNUC_UNUSED GSocketService *service, GSocketConnection *stream,
             G_GNUC_UNUSED GObject *source, gpointer data)
{
  VgConnections *connections = data;
  g_autoptr (GSocketAddress) local = NULL;
  g_autoptr (GError) error = NULL;
  Connection *connection;

  if (!make_room (connections))
    return TRUE; /* dropped, and so closed */
  connection = g_new0 (Connection, 1);
  connection->stream = g_object_ref (stream);
  connection->remote = get_remote (stream);
  connection->since = g_get_monotonic_time ();
  g_hash_table_insert (connections->table, connection->remote, connection);
  local = get_remote (stream);
  if (!soup_server_accept_iostream (connections->server, G_IO_STREAM (stream),
                                    local, connection->remote, &error))
    g_hash_table_remove (connections->table, connection->remote);
  return TRUE;
}

VgConnections *
vg_connections_new (SoupServer *server, GPtrArray *sockets)
{
  VgConnections *connections = g_new0 (VgConnections, 1);

  connections->server = server;
  connections->table =
      g_hash_table_new_full (NULL, NULL, NULL, free_connection);
  connections->service = g_socket_service_new ();
  for (guint i = 0; i < sockets->len; i++)
    (void) g_socket_listener_add_socket (
        G_SOCKET_LISTENER (connections->service), sockets->pdata[i], NULL,
        NULL);
  g_signal_connect (connections->service, "incoming", G_CALLBACK (on_incoming),
                    connections);
  g_socket_service_start (connections->service);
  connections->timer = g_timeout_add_seconds (1, on_tick, connections);
  return connections;
}

void
vg_connections_stop (VgConnections *connections)
{
  g_socket_service_stop (connections->service);
  g_socket_listener_close (G_SOCKET_LISTENER (connections->service));
}

void
vg_connections_free (VgConnections *connections)
{
  GHashTableIter iter;
  gpointer value;

  g_source_remove (connections->timer);
  vg_connections_stop (connections);
  g_object_unref (connections->service);
  g_hash_table_iter_init (&iter, connections->table);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    shut (value);
  g_hash_table_unref (connections->table);
  g_free (connections);
}

static Connection *
find (VgConnections *connections, SoupServerMessage *msg)
{
  return g_hash_table_lookup (connections->table,
                              soup_server_message_get_remote_address (msg));
}

void
vg_connections_begin (VgConnections *connections, SoupServerMessage *msg)
{
  Connection *connection = find (connections, msg);

  if (connection != NULL)
    connection->busy++;
}

void
vg_connections_end (VgConnections *connections, SoupServerMessage *msg)
{
  Connection *connection = find (connections, msg);

  if (connection == NULL || connection->busy == 0)
    return;
  connection->busy--;
  connection->since = g_get_monotonic_time ();
}

void
vg_connections_drop (VgConnections *connections, SoupServerMessage *msg)
{
  Connection *connection = find (connections, msg);

  if (connection != NULL)
    shut (connection);
}

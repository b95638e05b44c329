/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Accepts connections, within bounds: their number is limited, and one that
 * sends no whole request for some time is closed. */
#pragma once

#include <libsoup/soup.h>

typedef struct _VgConnections VgConnections;

/* Hands connections to server from now on, in the thread's main context.
 * sockets: of GSocket. Both are borrowed. */
VgConnections *vg_connections_new (SoupServer *server, GPtrArray *sockets);
/* Closes all of them. */
void vg_connections_free (VgConnections *connections);

/* Accepts no more. */
void vg_connections_stop (VgConnections *connections);

/* A whole request has come with that message; and it was answered. */
void vg_connections_begin (VgConnections *connections, SoupServerMessage *msg);
void vg_connections_end (VgConnections *connections, SoupServerMessage *msg);

/* Closes the message's connection, whatever is still to come. */
void vg_connections_drop (VgConnections *connections, SoupServerMessage *msg);

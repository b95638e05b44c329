/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads an NBD export of QEMU on a unix socket, with libnbd.
 * https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md */
#pragma once

#include <gio/gio.h>
#include <libnbd.h>

#include "util/body.h"
#include "util/map.h"

typedef struct nbd_handle VgNbd;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgNbd, nbd_close)

/* Connects and negotiates the allocation of blocks. Blocks until the handshake
 * is done, at most half a minute. NULL with VG_DISK_ERROR_CLOSED if nobody
 * listens, or the server closes the connection; else _OPEN, or
 * G_IO_ERROR_CANCELLED. */
VgNbd *vg_nbd_connect (const char *socket, const char *export,
                       GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the server closed the connection, cleanly or not. */
gboolean vg_nbd_is_down (VgNbd *nbd);

/* Sets error from libnbd's last one: VG_DISK_ERROR_CLOSED if the server closed
 * the connection, else _READ. Returns FALSE, for the caller's return. */
gboolean vg_nbd_throw (VgNbd *nbd, guint64 offset, GError **error);

/* Adds allocated non-zero blocks to map; all blocks if the server doesn't know.
 * VG_DISK_ERROR_READ, _CLOSED and G_IO_ERROR_CANCELLED; then the connection can
 * only be closed. */
gboolean vg_nbd_read_map (VgNbd *nbd, VgMap *map, GCancellable *cancellable,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A list of connections that a disk's readers leave to the next one. Free with
 * g_ptr_array_unref(). */
GPtrArray *vg_nbd_idle_new (void);

/* The bytes of the map's data blocks, read through several connections of its
 * own, with many requests in flight and 16 MiB of memory. map is borrowed, and
 * so is idle, NULL or a list for this export: connections are taken from there,
 * and given back once the reader is freed, unless something is still to come on
 * them.
 * Errors of reading are VG_DISK_ERROR_READ, _CLOSED and G_IO_ERROR_CANCELLED.
 */
VgBody *vg_nbd_reader_new (const char *socket, const char *export,
                           GPtrArray *idle, const VgMap *map,
                           GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

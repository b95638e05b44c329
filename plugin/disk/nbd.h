/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading an NBD export of QEMU on a unix socket, by libnbd.
 * https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md */
#pragma once

#include <gio/gio.h>
#include <libnbd.h>

#include "util/body.h"
#include "util/map.h"

typedef struct nbd_handle VgNbd;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgNbd, nbd_close)

/* Connects and asks for the allocation of blocks. Blocks until the handshake
 * is over, for half a minute at most. NULL with VG_DISK_ERROR_OPEN or
 * G_IO_ERROR_CANCELLED. */
VgNbd *vg_nbd_connect (const char *socket, const char *export,
                       GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the server went away, with a clean end of the stream or without. */
gboolean vg_nbd_is_down (VgNbd *nbd);

/* Sets error from libnbd's last one: VG_DISK_ERROR_CLOSED where the server went
 * away, else _READ. Returns FALSE, for the caller's return. */
gboolean vg_nbd_throw (VgNbd *nbd, guint64 offset, GError **error);

/* Adds to map what is allocated and not zero. All is data where the server
 * can't tell. VG_DISK_ERROR_READ, _CLOSED and G_IO_ERROR_CANCELLED; then the
 * connection is of no more use but to be closed. */
gboolean vg_nbd_read_map (VgNbd *nbd, VgMap *map, GCancellable *cancellable,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The bytes of the map's data blocks: several connections of its own, many
 * requests under way, 16 MiB of memory. map is borrowed. Errors of reading are
 * VG_DISK_ERROR_READ, _CLOSED and G_IO_ERROR_CANCELLED. */
VgBody *vg_nbd_reader_new (const char *socket, const char *export,
                           const VgMap *map, GCancellable *cancellable,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

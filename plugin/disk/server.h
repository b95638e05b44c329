/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A qemu-nbd(8) of ours, that serves a disk to be read: it takes no image lock,
 * and minds none. */
#pragma once

#include <gio/gio.h>

#include "disk/nbd.h"
#include "util/json.h"

typedef struct _VgServer VgServer;

/* Serves what vg_chain_describe() says, or the snapshot of that name that is in
 * its first layer, on the unix socket of that path, and connects to it. keys
 * are those of its encrypted layers (unlock.h), or NULL. It ends with this,
 * with the calling thread, and when the last connection is gone.
 * VG_DISK_ERROR_OPEN, G_SPAWN_ERROR, G_IO_ERROR_CANCELLED. */
VgServer *vg_server_start (VgJson *chain, const char *snapshot, GPtrArray *keys,
                           const char *socket, GCancellable *cancellable,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vg_server_free (VgServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgServer, vg_server_free)

/* The connection, which is kept open. Borrowed. */
VgNbd *vg_server_get_nbd (VgServer *server);

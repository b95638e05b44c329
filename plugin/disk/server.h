/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our own qemu-nbd(8), which serves a disk read-only: it neither takes nor
 * respects image locks. */
#pragma once

#include <gio/gio.h>

#include "disk/confine.h"
#include "disk/nbd.h"
#include "util/json.h"

typedef struct _VgServer VgServer;

/* Serves the chain of vg_chain_describe(), or the snapshot with that name
 * inside its first layer, on the unix socket with that path, and connects to
 * it. confine: that of the description. keys are those of its encrypted layers
 * (unlock.h), or NULL. The process ends with this object, with the calling
 * thread, and when the last connection is closed. VG_DISK_ERROR_OPEN,
 * G_SPAWN_ERROR, G_IO_ERROR_CANCELLED. */
VgServer *vg_server_start (const VgConfine *confine, VgJson *chain,
                           const char *snapshot, GPtrArray *keys,
                           const char *socket, GCancellable *cancellable,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vg_server_free (VgServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgServer, vg_server_free)

/* The connection, which stays open. Borrowed. */
VgNbd *vg_server_get_nbd (VgServer *server);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk's state in an old snapshot: in files that no process writes to any
 * more, or inside the file of a shut-off domain. */
#pragma once

#include "disk/disk.h"
#include "disk/confine.h"
#include "util/json.h"

/* Opens it, through a qemu-nbd that takes no lock. chain is from
 * vg_chain_describe() and begins with the layer that has the state; a reference
 * is taken. snapshot: the name of the state inside that layer; NULL: the layer
 * itself. confine: that of the description. socket is the path of the unix
 * socket to create, in our directory. The files must stay unchanged: checking
 * the disk returns VG_DISK_ERROR_SPOILED if they have changed, or another
 * process may write to them. Errors: that one, VG_DISK_ERROR_OPEN. */
VgDisk *vg_snapshot_file_open (const VgConfine *confine, VgJson *chain,
                               const char *snapshot, const char *socket,
                               GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

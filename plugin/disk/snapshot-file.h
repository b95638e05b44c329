/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk as a snapshot kept it that was made long ago: in files that nobody
 * writes to any more, or inside the file of a domain that is shut off. */
#pragma once

#include "disk/disk.h"
#include "util/json.h"

/* Opens it, by a qemu-nbd that takes no lock on it. chain is of
 * vg_chain_describe() and begins with the layer that has the state; a reference
 * is taken. snapshot: what the state is called inside that layer; NULL: it is
 * the layer itself. socket is the path of the unix socket to be made, in a
 * folder of ours. The files must stay as they are: when the disk is checked,
 * VG_DISK_ERROR_SPOILED tells that they haven't, or that another process may
 * write to them. Errors: that one, VG_DISK_ERROR_OPEN. */
VgDisk *vg_snapshot_file_open (VgJson *chain, const char *snapshot,
                               const char *socket, GCancellable *cancellable,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

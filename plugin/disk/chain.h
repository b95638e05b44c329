/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A shut-off disk's backing chain, written out for QEMU so that it probes no
 * formats: a guest can write any header into a raw disk. */
#pragma once

#include <gio/gio.h>

#include "disk/confine.h"
#include "util/json.h"
#include "util/source.h"

/* QEMU's description (blockdev) of the disk with every layer's format and file.
 * Formats come from the domain's XML; beyond that, from the header of the layer
 * above, read by qemu-img(1) with that layer's known format. Refuses layers
 * known only from a header whose format may refer to other files, and a qcow2
 * with an external data file. Image locks are neither taken nor respected.
 * Admits the chain's files to confine, or fails if one may not be read. Errors:
 * VG_DISK_ERROR_OPEN, _UNSUPPORTED. Returns a new reference. */
VgJson *vg_chain_describe (VgConfine *confine, const VgSource *source,
                           GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether each layer of a chain can be opened. Those whose headers were read
 * are not opened once more. VG_DISK_ERROR_OPEN. */
gboolean vg_chain_check (const VgConfine *confine, VgJson *chain,
                         GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the keys of vg_unlock_chain() open the layers of its chain, which
 * vg_chain_check() has seen; also if there are none, but a header tells that
 * one is needed. VG_DISK_ERROR_OPEN. */
gboolean vg_chain_check_keys (const VgConfine *confine, VgJson *chain,
                              GPtrArray *keys, GCancellable *cancellable,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Why qemu-img or qemu-nbd could not open a description, extracted from its
 * messages (modified): the reason without our JSON. */
const char *vg_chain_reason (char *messages);

/* Whether the first layer contains an internal snapshot with that name.
 * VG_DISK_ERROR_OPEN. */
gboolean vg_chain_check_snapshot (const VgConfine *confine, VgJson *chain,
                                  const char *name, GCancellable *cancellable,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The virtual size, in bytes. confine: that of the description. */
gboolean vg_chain_get_size (const VgConfine *confine, VgJson *chain,
                            guint64 *bytes, GCancellable *cancellable,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

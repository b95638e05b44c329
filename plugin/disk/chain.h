/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A shut-off disk's backing chain, written out for QEMU so that it probes
 * nothing: a guest can write any header into a raw disk. */
#pragma once

#include <gio/gio.h>

#include "util/json.h"
#include "util/source.h"

/* QEMU's description (blockdev) of the disk with every layer's format and
 * file. Formats are those of the domain's XML; where that ends, those that
 * the layer above names in its header, read by qemu-img(1) under that layer's
 * known format. Refused are layers of a format that may name further files, if
 * only a header tells of it, and a qcow2 whose data are in another file. Image
 * locks are neither taken nor minded. Errors:
 * VG_DISK_ERROR_OPEN, _UNSUPPORTED. Returns a new reference. */
VgJson *vg_chain_describe (const VgSource *source, GCancellable *cancellable,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Why qemu-img or qemu-nbd could not open what was described to it, by what it
 * printed (which is changed): its own words without ours. */
const char *vg_chain_reason (char *messages);

/* The layer of a chain whose file is path; NULL: none is. Borrowed. */
VgJson *vg_chain_find (VgJson *chain, const char *path);

/* The path of a chain's first layer, and the chain below it; NULL where it
 * ends. Borrowed. */
const char *vg_chain_get_path (VgJson *chain);
VgJson *vg_chain_get_backing (VgJson *chain);

/* The virtual size, in bytes. */
gboolean vg_chain_get_size (VgJson *chain, guint64 *bytes,
                            GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

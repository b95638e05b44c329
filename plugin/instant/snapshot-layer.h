/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state that a libvirt snapshot of the domain has of a disk: which files
 * of the disk's chain it is in, and whether it still is while it is read. */
#pragma once

#include "disk/disk.h"
#include "domain/libvirt-snapshot.h"
#include "instant/context.h"

/* The chain (of vg_chain_describe()) that begins with the file that has the
 * state of that disk in the sources' savepoint; a new reference. *inside is set
 * where it is inside this file. NULL with VG_LIBVIRT_SNAPSHOT_ERROR_REFUSED
 * where it isn't to be had (any more), or not safely; VG_HOST_ERROR_BUSY where
 * the chain is being changed. Blocks. */
VgJson *vg_snapshot_layer_find (VgGuest *guest, const VgPlanSources *sources,
                                const VgDomainDisk *disk, gboolean *inside,
                                GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The size of what vg_snapshot_layer_find() finds, in bytes. */
gboolean vg_snapshot_layer_measure (VgGuest *guest,
                                    const VgPlanSources *sources,
                                    const VgDomainDisk *disk, guint64 *bytes,
                                    GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Opens that source, as its savepoint has it, by a socket of that path. A disk
 * that is inside the domain's own file is read while the domain is shut off:
 * VG_DISK_ERROR_GONE once its epoch is another one. context is borrowed and
 * must outlive it. */
VgDisk *vg_snapshot_layer_open (const VgInstantContext *context,
                                const VgPlanSource *source, guint epoch,
                                const char *socket, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the savepoint is inside a file that is the domain's own. */
gboolean vg_snapshot_layer_is_inside (const VgPlanSources *sources);

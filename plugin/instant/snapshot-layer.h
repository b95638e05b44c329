/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk's state in a libvirt snapshot of the domain: finds the files of the
 * disk's chain that contain it, and checks that they stay unchanged. */
#pragma once

#include "disk/confine.h"
#include "disk/disk.h"
#include "domain/libvirt-snapshot.h"
#include "instant/context.h"

/* The chain (of vg_chain_describe(), with confine) that begins with the file
 * that contains the disk's state in the sources' savepoint; a new reference.
 * Sets *inside if the state is inside this file. NULL with
 * VG_LIBVIRT_SNAPSHOT_ERROR_REFUSED if it is not available (any more), or not
 * safely; VG_HOST_ERROR_BUSY while the chain is changing. Blocks. */
VgJson *vg_snapshot_layer_find (VgConfine *confine, VgGuest *guest,
                                const VgPlanSources *sources,
                                const VgDomainDisk *disk, gboolean *inside,
                                GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The size of the state that vg_snapshot_layer_find() finds, in bytes. */
gboolean vg_snapshot_layer_measure (const VgConfig *config, VgGuest *guest,
                                    const VgPlanSources *sources,
                                    const VgDomainDisk *disk, guint64 *bytes,
                                    GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether all files of the chain that vg_snapshot_layer_find() finds can be
 * opened, nobody may write to them, and a state inside one is there. Also
 * VG_DISK_ERROR_OPEN. */
gboolean vg_snapshot_layer_check (const VgConfig *config, VgGuest *guest,
                                  const VgPlanSources *sources,
                                  const VgDomainDisk *disk,
                                  GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Opens the source's state in its savepoint, through a socket with that path. A
 * state inside the domain's own file is read while the domain is shut off:
 * VG_DISK_ERROR_GONE once its epoch changes. context is borrowed and must
 * outlive it. */
VgDisk *vg_snapshot_layer_open (const VgInstantContext *context,
                                const VgPlanSource *source, guint epoch,
                                const char *socket, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the savepoint is inside the domain's own file. */
gboolean vg_snapshot_layer_is_inside (const VgPlanSources *sources);

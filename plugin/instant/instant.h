/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes the instant: a backup job for a running domain, or a watch on a
 * shut-off one, and snapshots of disks that are RBD images. Freezes a running
 * guest's file systems meanwhile. */
#pragma once

#include "disk/disk.h"
#include "instant/context.h"

typedef struct _VgInstant VgInstant;

/* Takes the instant. Appends its steps to the journal; the caller undoes them,
 * also after a failure. context is borrowed and must outlive it.
 * VG_DISK_ERROR_GONE: the domain is no longer in the context's state. */
VgInstant *vg_instant_take (const VgInstantContext *context, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Releases the instant. Call it before undoing the steps. */
void vg_instant_free (VgInstant *instant);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgInstant, vg_instant_free)

/* How a source is read: as planned, or, if the guest could not be frozen as
 * planned, by VG_TRANSPORT_READ. */
VgTransport vg_instant_get_transport (const VgInstant *instant,
                                      const VgPlanSource *source);

/* Opens one of the context's sources. */
VgDisk *vg_instant_open (VgInstant *instant, const VgPlanSource *source,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* After a failure: replaces error by VG_DISK_ERROR_GONE or
 * VG_SCRATCH_SPACE_ERROR if the cause is a lost instant or a lack of scratch
 * space. */
void vg_instant_explain (VgInstant *instant, GError **error);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Taking the instant: a backup job of a running domain, or a watch on a
 * shut-off one, and snapshots of the disks that are RBD images; with a running
 * guest's file systems frozen for that moment. */
#pragma once

#include "disk/disk.h"
#include "instant/context.h"

typedef struct _VgInstant VgInstant;

/* Takes it. What it makes is journalled as steps behind those that are there,
 * which the caller undoes, also after a failure. context is borrowed and must
 * outlive it. VG_DISK_ERROR_GONE: the domain is no longer in the state that
 * the context says. */
VgInstant *vg_instant_take (const VgInstantContext *context, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Lets go of it, before its steps are undone. */
void vg_instant_free (VgInstant *instant);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgInstant, vg_instant_free)

/* How a source's bytes are had of it: as planned, or, where the guest could not
 * be frozen as planned, by VG_TRANSPORT_READ. */
VgTransport vg_instant_get_transport (const VgInstant *instant,
                                      const VgPlanSource *source);

/* Opens one of the context's sources. */
VgDisk *vg_instant_open (VgInstant *instant, const VgPlanSource *source,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* After something failed: makes error say so, with VG_DISK_ERROR_GONE or
 * VG_SCRATCH_SPACE_ERROR, if the cause is that the instant was lost or that the
 * scratch space came to an end. */
void vg_instant_explain (VgInstant *instant, GError **error);

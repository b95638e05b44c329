/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a job begins before its turn comes, because it takes long and changes
 * nothing: another thread signs in to Keystone and lists Glance's stores while
 * the guest is looked at; and the thaw watchdog connects to libvirt while
 * Glance answers. What turns out not to be needed is ended. */
#pragma once

#include "instant/thaw-watchdog.h"
#include "job/job.h"

/* From now on, until vg_ahead_take_stores(), nobody else may use glance. All
 * are borrowed. */
VgAhead *vg_ahead_start (VgGlance *glance, GCancellable *cancellable);

/* Ends what was not taken; blocks for a moment. NULL is ignored. */
void vg_ahead_free (VgAhead *ahead);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgAhead, vg_ahead_free)

/* The stores, as vg_glance_get_stores() tells them, or its errors: waits for
 * the answer. If that is of some time ago, asks again. */
VgStores *vg_ahead_take_stores (VgAhead *ahead, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Starts the thaw watchdog if the guest, which was found so, is likely to be
 * frozen: what Glance says of the base image may change that. */
void vg_ahead_expect_freeze (VgAhead *ahead, const VgJob *job,
                             const VgPlanSources *found);

/* That watchdog if the guest will be frozen, or a new one; or NULL, as
 * vg_quiesce_prepare(). One that isn't needed is ended. */
VgThawWatchdog *vg_ahead_take_watchdog (VgAhead *ahead, const VgJob *job);

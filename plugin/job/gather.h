/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collects the facts that a plan needs from libvirt, Glance and Ceph.
 * Read-only. */
#pragma once

#include "job/job.h"

/* Waits up to a minute for the agent of a guest that was just started. The
 * guest can't be quiesced before, and libvirt (9.0) misses an agent that
 * connects while a backup job runs, so the agent would stay disconnected.
 * FALSE: cancelled, or libvirt failed. */
gboolean vg_gather_await_agent (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Reads the domain's XML and state, Glance's stores, the base image's record,
 * and Ceph's facts about RBD disks, then plans the job's request. A base image
 * that does not exist or is not visible is only a warning in the plan, and rule
 * 4 of the store choice applies. Ceph errors are not fatal while the domain
 * runs. A requested libvirt snapshot is checked: VG_LIBVIRT_SNAPSHOT_ERROR if
 * it is not available. Without Glance among the peers no store is chosen.
 * Blocks. */
VgPlan *vg_gather_plan (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The UUID of the Ceph cluster that has the domain's root disk; NULL if the
 * disk is elsewhere, or the cluster doesn't tell. Of the job, the configuration
 * and Ceph are used. Blocks. Free with g_free(). */
char *vg_gather_root_fsid (const VgJob *job, const VgDomain *domain);

/* The sources of the job's plan after a lost instant: reads the domain again
 * and queries libvirt and Ceph again, but not Glance. Blocks. */
VgPlanSources *vg_gather_sources (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

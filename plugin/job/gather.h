/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding out, from libvirt and Glance, what a plan needs. It only reads. */
#pragma once

#include "job/job.h"

/* Gives a guest that was just started the time to bring up its agent, a minute
 * at most: it can't be quiesced before, and libvirt (9.0) misses an agent that
 * connects while a backup job runs, so that it would stay disconnected for
 * good. FALSE: cancelled, or libvirt failed. */
gboolean vg_gather_await_agent (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Reads the domain's XML and state, Glance's stores, the base image's record,
 * and what Ceph says of the disks that are RBD images, and makes the plan of
 * the job's request. A base image that is gone or not visible is no error: it
 * is in the plan's warnings, and rule 4 of the store choice applies. Nor is a
 * Ceph that can't be asked, as long as the domain runs. A libvirt snapshot that
 * is asked for is looked at, with VG_LIBVIRT_SNAPSHOT_ERROR where it can't be
 * had. Without Glance among the peers no store is chosen. Blocks. */
VgPlan *vg_gather_plan (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The sources of the job's plan after a lost instant: reads the domain anew,
 * asks libvirt and Ceph the same, and Glance nothing. Blocks. */
VgPlanSources *vg_gather_sources (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a job does before it makes anything: the plan, and all checks. A dry run
 * does the same, and ends there, so it fails where the job would. */
#pragma once

#include "job/job.h"

/* Plans the job's request, sets its plan and sources, and checks them: see
 * vg_gather_plan() and vg_precheck(). The caller frees the plan, also if a
 * check fails. */
gboolean vg_rehearsal_plan (VgJob *job, gboolean trial, VgPlan **plan,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Plans a request, and checks all that vg_run_snapshot() would check before it
 * makes anything, with the same errors; makes nothing. Blocks. */
VgPlan *vg_rehearse (const VgRequest *request, const VgConfig *config,
                     VgHost *host, VgGlance *glance, const VgReport *report,
                     GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

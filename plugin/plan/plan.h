/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a snapshot will do, as data. Making a plan changes nothing. */
#pragma once

#include <glib.h>

#include "plan/disk.h"
#include "plan/facts.h"
#include "plan/sources.h"
#include "request/request.h"
#include "util/config.h"

/* Once it is made, nothing changes it: what becomes of it while it is carried
 * out is the job's, and the journal's, to know. */
typedef struct {
  VgPlanSources *sources; /* as they were found first */
  GPtrArray *images; /* of VgPlanImage: one for each of the sources, that of the
                        root disk first if it is in it */
  char *group; /* a UUID that the images have in common, or NULL: there is but
                  one */
  gboolean protect; /* the images, from being deleted, once active */
  char *project;    /* the instance's, where that is not ours: the owner of
                       the images, or a member of shared ones; or NULL */
  gboolean visibility_asked; /* for the images, by the user */
  GPtrArray *warnings;       /* of char *: what the user should know */
  char *hash_algo;           /* that this Glance is expected to use, or NULL */
} VgPlan;

/* Makes the plan. found, in which nothing is chosen yet, is taken, also on
 * failure. Errors: VG_PLAN_ERROR, VG_DOMAIN_ERROR (no disk, unknown disk),
 * VG_GLANCE_ERROR_STORE, VG_REQUEST_ERROR; or where Ceph could not be asked,
 * its error. */
VgPlan *vg_plan_new (const VgRequest *request, const VgConfig *config,
                     VgPlanSources *found, const VgPlanFacts *facts,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vg_plan_free (VgPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgPlan, vg_plan_free)

/* Its disk of that number, counted from 0. */
VgPlanDisk vg_plan_get_disk (const VgPlan *plan, guint number);

/* The sources of the plan's images in the domain as it is found now, after the
 * instant was lost. found, in which nothing is chosen yet, is taken, also on
 * failure; of facts, capacities and rbd are looked at: the stores were chosen.
 * What was a warning of the plan's is not told again. The same errors, and
 * VG_PLAN_ERROR where the domain has a disk no more. */
VgPlanSources *vg_plan_find_sources (const VgPlan *plan,
                                     const VgRequest *request,
                                     VgPlanSources *found,
                                     const VgPlanFacts *facts, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

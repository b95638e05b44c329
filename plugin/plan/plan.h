/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A snapshot's actions, as data. Planning changes nothing. */
#pragma once

#include <glib.h>

#include "plan/disk.h"
#include "plan/facts.h"
#include "plan/sources.h"
#include "request/request.h"
#include "util/config.h"

/* Immutable once built: the job and the journal keep the state of its
 * execution. */
typedef struct {
  VgPlanSources *sources; /* as found at first */
  GPtrArray *images; /* of VgPlanImage: one for each source; the root disk's
                        first, if included */
  char *group;       /* UUID shared by the images; NULL: only one image */
  gboolean protect;  /* protect the images from deletion once active */
  char *project; /* the instance's, if it is not ours: owner of the images, or
                    member of shared ones; or NULL */
  gboolean visibility_asked; /* the user chose the images' visibility */
  GPtrArray *warnings;       /* of char *: for the user */
  char **left_out;           /* targets of disks, see vg_select_left_out() */
  char *hash_algo;           /* that this Glance probably uses, or NULL */
} VgPlan;

/* Builds the plan. Takes found, with nothing chosen yet, also on failure.
 * Errors: VG_PLAN_ERROR, VG_DOMAIN_ERROR (no disk, unknown disk),
 * VG_GLANCE_ERROR_STORE, VG_REQUEST_ERROR; or Ceph's error if Ceph could not be
 * asked. */
VgPlan *vg_plan_new (const VgRequest *request, const VgConfig *config,
                     VgPlanSources *found, const VgPlanFacts *facts,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vg_plan_free (VgPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgPlan, vg_plan_free)

/* The plan's disk number, counted from 0. */
VgPlanDisk vg_plan_get_disk (const VgPlan *plan, guint number);

/* The sources of the plan's images in the domain's current definition, after a
 * lost instant. Takes found, with nothing chosen yet, also on failure. Uses
 * only capacities and rbd of facts: the stores are already chosen. Does not
 * repeat the plan's warnings. The same errors, and VG_PLAN_ERROR if the domain
 * no longer has a disk. */
VgPlanSources *vg_plan_find_sources (const VgPlan *plan,
                                     const VgRequest *request,
                                     VgPlanSources *found,
                                     const VgPlanFacts *facts, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

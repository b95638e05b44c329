/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One disk as the source of an image: whether and how it can be read. Pure,
 * like the rest of the plan. */
#pragma once

#include "plan/facts.h"
#include "plan/sources.h"

/* Adds one of the domain's disks to the sources. Borrowed. */
VgPlanSource *vg_plan_source_add (VgPlanSources *sources,
                                  const VgDomainDisk *disk);

/* Ceph's facts about the disk, or NULL. */
const VgRbdFacts *vg_plan_source_get_rbd (const VgPlanSource *source,
                                          const VgPlanFacts *facts);

/* Call first. Checks whether the disk can be read, judging by the XML, and
 * whether its bytes are ciphertext. Adds warnings for the user to warnings.
 * VG_PLAN_ERROR. */
gboolean vg_plan_source_check (const VgPlanSources *sources,
                               VgPlanSource *source, const VgRequest *request,
                               GPtrArray *warnings, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Call once all sources are added, and the image has a store (if Glance was
 * asked) and a format. Chooses the transport and the capacity. VG_PLAN_ERROR;
 * or Ceph's error if Ceph could not be asked. */
gboolean vg_plan_source_choose_way (const VgPlanSources *sources,
                                    VgPlanSource *source,
                                    const VgPlanImage *image,
                                    const VgPlanFacts *facts,
                                    GPtrArray *warnings, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

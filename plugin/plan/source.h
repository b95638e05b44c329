/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One disk as the source of an image: whether its bytes can be had, and how.
 * Pure, like the plan that it is part of. */
#pragma once

#include "plan/facts.h"
#include "plan/sources.h"

/* Adds one of the domain's disks to the sources. Borrowed. */
VgPlanSource *vg_plan_source_add (VgPlanSources *sources,
                                  const VgDomainDisk *disk);

/* What Ceph said of the disk, or NULL. */
const VgRbdFacts *vg_plan_source_get_rbd (const VgPlanSource *source,
                                          const VgPlanFacts *facts);

/* First: whether the disk can be read, as far as the XML tells, and whether
 * what is read is ciphertext. What the user should know is added to warnings.
 * VG_PLAN_ERROR. */
gboolean vg_plan_source_check (const VgPlanSources *sources,
                               VgPlanSource *source, const VgRequest *request,
                               GPtrArray *warnings, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Then, once all sources are added, and its image has a store (if Glance was
 * asked) and a format: the way, and the capacity. VG_PLAN_ERROR; or where Ceph
 * could not be asked, its error. */
gboolean vg_plan_source_choose_way (const VgPlanSources *sources,
                                    VgPlanSource *source,
                                    const VgPlanImage *image,
                                    const VgPlanFacts *facts,
                                    GPtrArray *warnings, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sources of a plan: the domain as it was found, and where the bytes of the
 * disks are. After a lost instant these are found anew (plan.h), and the images
 * of the plan stay. */
#pragma once

#include "domain/libvirt-snapshot.h"
#include "plan/disk.h"
#include "request/request.h"

typedef struct {
  VgDomain *domain;
  gboolean active; /* a hypervisor process runs */
  VgLibvirtSnapshot
      *savepoint; /* whose disks they are; NULL: the present ones */
  VgQuiesce quiesce;
  const char *quiesce_reason; /* static, for people: where what was asked or
                                 configured doesn't count; or NULL */
  char **mountpoints;         /* of the request */
  GPtrArray *list; /* of VgPlanSource: one for each of the plan's images, in
                      their order */
} VgPlanSources;

/* A domain with nothing chosen yet. Takes domain, and savepoint, which may be
 * NULL. */
VgPlanSources *vg_plan_sources_new (VgDomain *domain, gboolean active,
                                    VgLibvirtSnapshot *savepoint);
void vg_plan_sources_free (VgPlanSources *sources);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgPlanSources, vg_plan_sources_free)

/* The names of the domain's disks that are (or, with readable FALSE, are not)
 * to be read by VG_TRANSPORT_READ. With together, all of the plan's disks are.
 * Free with g_strfreev(). */
char **vg_plan_sources_get_targets (const VgPlanSources *sources,
                                    gboolean together, gboolean readable);

/* Whether a running domain is to be frozen for it. Whether it is, is known only
 * when it is done. */
gboolean vg_plan_sources_will_freeze (const VgPlanSources *sources);

/* Whether the ciphertext of any of the disks is read. */
gboolean vg_plan_sources_have_ciphertext (const VgPlanSources *sources);

/* Whether any of the disks goes that way. */
gboolean vg_plan_sources_have_transport (const VgPlanSources *sources,
                                         VgTransport way);

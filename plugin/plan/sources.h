/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sources of a plan: the domain's definition, and the location of the
 * disks' bytes. Determined again after a lost instant (plan.h); the plan's
 * images stay. */
#pragma once

#include "domain/libvirt-snapshot.h"
#include "plan/disk.h"
#include "request/request.h"

typedef struct {
  VgDomain *domain;
  gboolean active;              /* a hypervisor process runs */
  gboolean persistent;          /* has a definition that outlives its run */
  gboolean saved;               /* shut off, with its memory in a file */
  VgLibvirtSnapshot *savepoint; /* NULL: the present disks */
  VgQuiesce quiesce;
  const char *quiesce_reason; /* static, for people: why the requested or
                                 configured mode is not used; or NULL */
  char **mountpoints;         /* of the request */
  GPtrArray *list; /* of VgPlanSource: one for each of the plan's images, in
                      their order */
} VgPlanSources;

/* A domain with nothing chosen yet. Takes domain and savepoint; savepoint may
 * be NULL. */
VgPlanSources *vg_plan_sources_new (VgDomain *domain, gboolean active,
                                    VgLibvirtSnapshot *savepoint);
void vg_plan_sources_free (VgPlanSources *sources);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgPlanSources, vg_plan_sources_free)

/* The names of the domain's disks that are (readable TRUE) or are not (FALSE)
 * read by VG_TRANSPORT_READ. With together, all of the plan's disks count as
 * read. Free with g_strfreev(). */
char **vg_plan_sources_get_targets (const VgPlanSources *sources,
                                    gboolean together, gboolean readable);

/* Whether to freeze a running domain. Freezing may still fail. */
gboolean vg_plan_sources_will_freeze (const VgPlanSources *sources);

/* What a saved guest's image lacks: a sentence for people. Free with g_free().
 */
char *vg_plan_sources_describe_saved (const VgPlanSources *sources);

/* Whether ciphertext is read from any disk. */
gboolean vg_plan_sources_have_ciphertext (const VgPlanSources *sources);

/* Whether any disk uses that transport. */
gboolean vg_plan_sources_have_transport (const VgPlanSources *sources,
                                         VgTransport way);

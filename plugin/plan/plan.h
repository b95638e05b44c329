/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a snapshot will do, as data. Making a plan changes nothing. */
#pragma once

#include <glib.h>

#include "domain/libvirt-snapshot.h"
#include "inventory/stores.h"
#include "plan/disk.h"
#include "request/request.h"
#include "util/config.h"

/* What was found out about the domain and in Glance; all borrowed. */
typedef struct {
  gboolean active;        /* a hypervisor process runs */
  const char *project;    /* that we signed in to; NULL: unknown */
  GHashTable *capacities; /* target (char *) → guint64 *: virtual size in
                             bytes; what is not there is unknown; or NULL */
  GHashTable *rbd; /* target (char *) → VgRbdFacts *, of the disks that are RBD
                      images; or NULL */
  const VgLibvirtSnapshot *savepoint; /* that is asked for, or NULL */
  const VgStores *stores; /* NULL: Glance was not asked, no store is chosen */
  const VgImageRecord *base; /* of the base image, or NULL */
  const char *base_problem;  /* why base is NULL though there is an image_ref */
} VgPlanFacts;

typedef struct {
  VgDomain *domain;
  gboolean active;
  VgLibvirtSnapshot
      *savepoint;   /* whose disks they are; NULL: the present ones */
  GPtrArray *disks; /* of VgPlanDisk, the root disk first if it is in it */
  VgQuiesce quiesce;
  const char *quiesce_reason; /* static, for people: where what was asked or
                                 configured doesn't count; or NULL */
  char **mountpoints;         /* of the request */
  char *group; /* a UUID that the images have in common, or NULL: there is but
                  one */
  gboolean protect; /* the images, from being deleted, once active */
  char *project;    /* the instance's, where that is not ours: the owner of
                       the images, or a member of shared ones; or NULL */
  gboolean visibility_asked; /* for the images, by the user */
  GPtrArray *warnings;       /* of char *: what the user should know */
  char *hash_algo;           /* that this Glance is expected to use, or NULL */
} VgPlan;

/* Makes the plan. domain is taken, also on failure. Errors: VG_PLAN_ERROR,
 * VG_DOMAIN_ERROR (no disk, unknown disk), VG_GLANCE_ERROR_STORE,
 * VG_REQUEST_ERROR. */
VgPlan *vg_plan_new (const VgRequest *request, const VgConfig *config,
                     VgDomain *domain, const VgPlanFacts *facts, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_plan_free (VgPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgPlan, vg_plan_free)

/* The names of the domain's disks that are (or, with readable FALSE, are not)
 * to be read by VG_TRANSPORT_READ. Free with g_strfreev(). */
char **vg_plan_get_targets (const VgPlan *plan, gboolean readable);

/* Makes it read all of several disks, where some of them were to be had as RBD
 * snapshots: so they are of one instant though the guest can't be frozen. */
void vg_plan_read_together (VgPlan *plan);

/* Whether a running domain is to be frozen for it. Whether it is, is known only
 * when it is done. */
gboolean vg_plan_will_freeze (const VgPlan *plan);

/* Whether the image of any of its disks is to have ciphertext. */
gboolean vg_plan_has_ciphertext (const VgPlan *plan);

/* Whether any of the plan's disks goes that way. */
gboolean vg_plan_has_transport (const VgPlan *plan, VgTransport way);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes plans in tests from a short description: a domain's XML, Glance's
 * answers, and the request. */
#pragma once

#include "plan/plan.h"

/* The base image in the domain files. */
#define PLAN_IMAGE "3f1a5c1e-0d5b-4d4e-9a35-6d1f0c0a77e2"

typedef struct {
  const char *file; /* of tests/data/domain, without ".xml"; or NULL: … */
  const char *disks_xml; /* … these <disk> elements of a domain "guest" */

  /* Request */
  const char *name;
  const char *store;
  const char *format;
  const char *compress;
  const char *disks; /* separated by commas; or NULL */
  gboolean all_disks;
  gboolean unfrozen; /* --quiesce never */
  VgEncrypted encrypted;
  const char *const *properties;
  gboolean owner_self;

  /* Configuration */
  const char *config_store;
  const char *config_format;
  const char *config_compression;
  gboolean forbid_user_store;
  gboolean flatten_after;

  /* Facts */
  gboolean active;
  const char *project;     /* that we authenticated to, or NULL */
  gboolean no_stores;      /* Glance was not asked */
  gboolean single;         /* Glance without multi-store support */
  const char *base_stores; /* in the base image's record, separated by commas;
                              NULL: no record */
  const char *base_problem;
  guint64 base_min_disk, base_min_ram;
  const char *base_hash;
  const char *sized;           /* the disk with a known size … */
  guint64 capacity;            /* … of that many bytes */
  const VgRbdFacts *rbd;       /* of vda, and … */
  const VgRbdFacts *rbd_other; /* … of vdb; or NULL */
  const char *places; /* "STORE FSID POOL" of stores in Ceph, separated by
                         commas; or NULL */
} PlanCase;

VgPlan *plan_try (const PlanCase *input, GError **error);

/* Make a plan that must succeed, or fail with that error and a message that
 * contains text. */
VgPlan *plan_make (const PlanCase *input);
void plan_fail (const PlanCase *input, GQuark domain, int code,
                const char *text);

/* The plan's sources in the domain as now has it. */
VgPlanSources *plan_find_sources (const VgPlan *plan, const PlanCase *now,
                                  GError **error);

/* The disk number i of the plan. */
const VgPlanSource *plan_source (const VgPlan *plan, guint i);
const VgPlanImage *plan_image (const VgPlan *plan, guint i);

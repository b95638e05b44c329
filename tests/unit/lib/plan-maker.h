/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making plans in tests: a domain's XML, what Glance said, and what was asked
 * for, in few words. */
#pragma once

#include "plan/plan.h"

/* Of the domain files' base image. */
#define PLAN_IMAGE "3f1a5c1e-0d5b-4d4e-9a35-6d1f0c0a77e2"

typedef struct {
  const char *file; /* of tests/data/domain, without ".xml"; or NULL: … */
  const char *disks_xml; /* … these <disk> elements of a domain "guest" */

  /* Asked for */
  const char *name;
  const char *store;
  const char *format;
  const char *compress;
  const char *disks; /* separated by commas, or NULL */
  gboolean all_disks;
  gboolean unfrozen; /* --quiesce never */
  VgEncrypted encrypted;
  const char *const *properties;
  gboolean owner_self;

  /* Configured */
  const char *config_store;
  const char *config_format;
  const char *config_compression;
  gboolean forbid_user_store;
  gboolean flatten_after;

  /* Found out */
  gboolean active;
  const char *project;     /* that we signed in to, or NULL */
  gboolean no_stores;      /* Glance was not asked */
  gboolean single;         /* this Glance has no stores */
  const char *base_stores; /* of the base image's record, separated by commas;
                              NULL: there is no record */
  const char *base_problem;
  guint64 base_min_disk, base_min_ram;
  const char *base_hash;
  const char *sized;           /* the disk that has a known size … */
  guint64 capacity;            /* … of so many bytes */
  const VgRbdFacts *rbd;       /* of vda, and … */
  const VgRbdFacts *rbd_other; /* … of vdb; or NULL */
  const char *places; /* "STORE FSID POOL" of stores in Ceph, separated by
                         commas; or NULL */
} PlanCase;

VgPlan *plan_try (const PlanCase *input, GError **error);

/* One that must succeed, or fail with that error and a message that has text
 * in it. */
VgPlan *plan_make (const PlanCase *input);
void plan_fail (const PlanCase *input, GQuark domain, int code,
                const char *text);

/* The plan's sources in the domain as now has it. */
VgPlanSources *plan_find_sources (const VgPlan *plan, const PlanCase *now,
                                  GError **error);

/* The disk number i of the plan. */
const VgPlanSource *plan_source (const VgPlan *plan, guint i);
const VgPlanImage *plan_image (const VgPlan *plan, guint i);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was found out, in Glance and Ceph, for a plan. */
#pragma once

#include <glib.h>

#include "inventory/stores.h"

/* All borrowed. */
typedef struct {
  const char *project;    /* that we signed in to; NULL: unknown */
  GHashTable *capacities; /* target (char *) → guint64 *: virtual size in
                             bytes; what is not there is unknown; or NULL */
  GHashTable *rbd; /* target (char *) → VgRbdFacts *, of the disks that are RBD
                      images; or NULL */
  const VgStores *stores; /* NULL: Glance was not asked, no store is chosen */
  const VgImageRecord *base; /* of the base image, or NULL */
  const char *base_problem;  /* why base is NULL though there is an image_ref */
  const GPtrArray *warnings; /* of char *, that came up meanwhile; or NULL */
} VgPlanFacts;

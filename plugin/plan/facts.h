/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts from Glance and Ceph that a plan depends on. */
#pragma once

#include <glib.h>

#include "inventory/stores.h"

/* All borrowed. */
typedef struct {
  const char *project;    /* that we authenticate to; NULL: unknown */
  GHashTable *capacities; /* target (char *) → guint64 *: virtual size in bytes;
                             absent: unknown; or NULL */
  GHashTable *rbd; /* target (char *) → VgRbdFacts *, of the disks that are RBD
                      images; or NULL */
  const VgStores *stores; /* NULL: Glance was not asked, no store is chosen */
  const VgImageRecord *base; /* of the base image, or NULL */
  const char *base_problem;  /* why base is NULL though there is an image_ref */
  const char *definition;    /* the value of the property for the first image's
                                record; NULL: none is kept */
  const GPtrArray *warnings; /* of char *, collected so far; or NULL */
} VgPlanFacts;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Glance's stores, as data: GET /v2/info/stores and /v2/info/stores/detail,
 * https://docs.openstack.org/api-ref/image/v2/#list-stores */
#pragma once

#include <glib.h>

#include "inventory/error.h"
#include "inventory/glance-image.h"

/* An entry of GET /v2/info/stores (or …/detail, if policy permits it). */
typedef struct {
  char *id;
  char *description; /* or NULL */
  gboolean is_default;
  gboolean read_only;
  char *type; /* "file", "rbd", "http" … from …/detail; NULL: unknown */
  char *fsid; /* cluster of an rbd store, if known; or NULL */
  char *pool; /* pool of an rbd store, if known; or NULL */
} VgStore;

/* In Glance's order, without the reserved os_glance_* stores. */
typedef struct {
  gboolean multi;  /* FALSE: Glance without multi-store support (404); list is
                      empty then */
  GPtrArray *list; /* of VgStore */
  VgStore *only;   /* without multi-store: Glance's only store, with id NULL;
                      otherwise NULL */
} VgStores;

void vg_stores_free (VgStores *stores);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgStores, vg_stores_free)

/* Parses the JSON answers. detail_json: may be NULL. NULL with
 * VG_GLANCE_ERROR_PROTOCOL if json is no list of stores. */
VgStores *vg_stores_parse (const char *json, const char *detail_json,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The stores of a Glance without multi-store support. */
VgStores *vg_stores_new_single (void);

/* Borrowed. NULL: no store of that id, or no default. Without multi-store, the
 * only store has id NULL and is the default. */
const VgStore *vg_stores_find (const VgStores *stores, const char *id);
const VgStore *vg_stores_get_default (const VgStores *stores);

/* "store fast"; for NULL: "Glance's only store". Free with g_free(). */
char *vg_store_describe (const char *id);

/* Records that a store is in Ceph, with its cluster and pool, where Glance
 * doesn't report them. Never changes known values: FALSE if they differ.
 * Unknown store ids are ignored. */
gboolean vg_stores_learn (VgStores *stores, const char *id, const char *fsid,
                          const char *pool);

/* Records the clusters and pools of stores from the locations of base, as far
 * as Glance shows them (show_multiple_locations, show_image_direct_url). Call
 * it before vg_stores_learn() with the configuration's sections, because Glance
 * knows better. Sends no requests. */
void vg_stores_learn_from_image (VgStores *stores, const VgImageRecord *base);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Glance's stores, as data: GET /v2/info/stores and /v2/info/stores/detail,
 * https://docs.openstack.org/api-ref/image/v2/#list-stores */
#pragma once

#include <glib.h>

#include "inventory/error.h"
#include "inventory/glance-image.h"

/* One entry of GET /v2/info/stores (or …/detail, where we may read it). */
typedef struct {
  char *id;
  char *description; /* or NULL */
  gboolean is_default;
  gboolean read_only;
  char *type; /* "file", "rbd", "http" … of …/detail; NULL: not known */
  char *fsid; /* of an rbd store's cluster, where known; or NULL */
  char *pool; /* of an rbd store, where known; or NULL */
} VgStore;

/* In Glance's order, without the reserved os_glance_* ones. */
typedef struct {
  gboolean multi;  /* FALSE: this Glance has no stores to choose from (404);
                      list is empty then */
  GPtrArray *list; /* of VgStore */
  VgStore *only; /* not multi: where it puts everything, which has no id (NULL);
                    else NULL */
} VgStores;

void vg_stores_free (VgStores *stores);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgStores, vg_stores_free)

/* The JSON answers (detail: or NULL) to stores. NULL with
 * VG_GLANCE_ERROR_PROTOCOL for what is no such answer. */
VgStores *vg_stores_parse (const char *json, const char *detail_json,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Those of a Glance that has none to choose from. */
VgStores *vg_stores_new_single (void);

/* Borrowed; NULL where there is none (of that id, or no default). The only one
 * is the default one, and found by the id NULL. */
const VgStore *vg_stores_find (const VgStores *stores, const char *id);
const VgStore *vg_stores_get_default (const VgStores *stores);

/* "store fast"; of NULL: "Glance's only store". Free with g_free(). */
char *vg_store_describe (const char *id);

/* Says that a store is in Ceph, and where; for what Glance hasn't told. What
 * is known already stays, so the first to say it is believed: FALSE for what
 * contradicts it. What is said of a store that isn't there is ignored. */
gboolean vg_stores_learn (VgStores *stores, const char *id, const char *fsid,
                          const char *pool);

/* Learns which clusters and pools stores are in from the locations of base, as
 * far as Glance shows them (show_multiple_locations, show_image_direct_url).
 * Call it before vg_stores_learn() with the configuration's sections: Glance
 * knows better. Asks nobody. */
void vg_stores_learn_from_image (VgStores *stores, const VgImageRecord *base);

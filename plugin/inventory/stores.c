/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses Glance's JSON answers about stores. Booleans in them are strings
 * ("true"). Reserved stores (os_glance_*) accept uploads but never return the
 * data, so they are left out. */
#include "inventory/stores.h"

#include <string.h>

#include "util/json.h"

#define RESERVED "os_glance_"

static void
free_store (VgStore *store)
{
  g_free (store->id);
  g_free (store->description);
  g_free (store->type);
  g_free (store->fsid);
  g_free (store->pool);
  g_free (store);
}

static VgStores *
new_stores (void)
{
  VgStores *stores = g_new0 (VgStores, 1);

  stores->list = g_ptr_array_new_with_free_func ((GDestroyNotify) free_store);
  return stores;
}

void
vg_stores_free (VgStores *stores)
{
  if (stores == NULL)
    return;
  g_ptr_array_unref (stores->list);
  g_clear_pointer (&stores->only, free_store);
  g_free (stores);
}

static VgStore *
parse_store (VgJson *entry)
{
  const char *id = vg_json_get_string (entry, "id");
  VgStore *store;

  if (id == NULL || *id == '\0' || g_str_has_prefix (id, RESERVED))
    return NULL;
  store = g_new0 (VgStore, 1);
  store->id = g_strdup (id);
  store->description = g_strdup (vg_json_get_string (entry, "description"));
  store->is_default = vg_json_get_bool (entry, "default", FALSE);
  store->read_only = vg_json_get_bool (entry, "read-only", FALSE);
  return store;
}

/* The entries of …/detail by their stores' ids, all borrowed. */
static GHashTable *
index_details (VgJson *detail)
{
  VgJson *list = vg_json_get_array (detail, "stores");
  gsize n = list != NULL ? json_object_array_length (list) : 0;
  GHashTable *details = g_hash_table_new (g_str_hash, g_str_equal);

  for (gsize i = n; i > 0; i--) {
    VgJson *entry = json_object_array_get_idx (list, i - 1);
    const char *id = vg_json_get_string (entry, "id");

    if (id != NULL)
      g_hash_table_insert (details, (gpointer) id, entry);
  }
  return details;
}

/* Adds type, cluster and pool, which only …/detail returns, if policy permits
 * it. */
static void
add_detail (VgStore *store, GHashTable *details)
{
  VgJson *entry = g_hash_table_lookup (details, store->id);
  VgJson *properties = vg_json_get (entry, "properties");

  store->type = g_strdup (vg_json_get_string (entry, "type"));
  store->fsid = g_strdup (vg_json_get_string (properties, "fsid"));
  store->pool = g_strdup (vg_json_get_string (properties, "pool"));
}

VgStores *
vg_stores_parse (const char *json, const char *detail_json, GError **error)
{
  g_autoptr (VgStores) stores = new_stores ();
  g_autoptr (VgJson) answer = vg_json_parse (json, -1, NULL);
  g_autoptr (VgJson) detail =
      detail_json != NULL ? vg_json_parse (detail_json, -1, NULL) : NULL;
  g_autoptr (GHashTable) details = index_details (detail);
  VgJson *list = vg_json_get_array (answer, "stores");
  gsize n;

  if (list == NULL) {
    g_set_error (
        error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_PROTOCOL,
        "can't list Glance's stores: the response to GET /v2/info/stores has "
        "no list of stores; check the endpoint's URL");
    return NULL;
  }
  n = json_object_array_length (list);
  stores->multi = TRUE;
  for (gsize i = 0; i < n; i++) {
    VgStore *store = parse_store (json_object_array_get_idx (list, i));

    if (store == NULL)
      continue;
    add_detail (store, details);
    g_ptr_array_add (stores->list, store);
  }
  return g_steal_pointer (&stores);
}

VgStores *
vg_stores_new_single (void)
{
  VgStores *stores = new_stores ();

  stores->only = g_new0 (VgStore, 1);
  stores->only->is_default = TRUE;
  return stores;
}

const VgStore *
vg_stores_find (const VgStores *stores, const char *id)
{
  if (id == NULL)
    return stores->only;
  for (guint i = 0; i < stores->list->len; i++) {
    const VgStore *store = g_ptr_array_index (stores->list, i);

    if (strcmp (store->id, id) == 0)
      return store;
  }
  return NULL;
}

const VgStore *
vg_stores_get_default (const VgStores *stores)
{
  for (guint i = 0; i < stores->list->len; i++) {
    const VgStore *store = g_ptr_array_index (stores->list, i);

    if (store->is_default)
      return store;
  }
  return stores->only;
}

char *
vg_store_describe (const char *id)
{
  return id != NULL ? g_strconcat ("store ", id, NULL)
                    : g_strdup ("Glance's only store");
}

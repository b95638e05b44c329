/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the Ceph cluster and pool of a store from the location of an image in
 * it: rbd://FSID/POOL/IMAGE/SNAP, each part percent-encoded. Glance writes
 * these URLs itself, but an image's owner may add others, so any other URL is
 * ignored. So is the oldest form, rbd://IMAGE, which names no pool. */
#include <string.h>

#include "inventory/stores.h"
#include "util/text.h"

#define SCHEME "rbd://"

gboolean
vg_stores_learn (VgStores *stores, const char *id, const char *fsid,
                 const char *pool)
{
  VgStore *store = (VgStore *) vg_stores_find (stores, id);

  if (store == NULL)
    return TRUE;
  if ((store->type != NULL && strcmp (store->type, "rbd") != 0)
      || (store->fsid != NULL && g_ascii_strcasecmp (store->fsid, fsid) != 0)
      || (store->pool != NULL && strcmp (store->pool, pool) != 0))
    return FALSE;
  if (store->type == NULL)
    store->type = g_strdup ("rbd");
  if (store->fsid == NULL)
    store->fsid = g_strdup (fsid);
  if (store->pool == NULL)
    store->pool = g_strdup (pool);
  return TRUE;
}

/* NULL if the result can't be a pool's name. */
static char *
decode_url_part (const char *part)
{
  g_autofree char *text = g_uri_unescape_string (part, NULL);

  if (text == NULL || *text == '\0' || !g_utf8_validate (text, -1, NULL))
    return NULL;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      return NULL;
  return g_steal_pointer (&text);
}

static void
read_location_url (VgStores *stores, const char *id, const char *url)
{
  g_auto (GStrv) parts = NULL;
  g_autofree char *fsid = NULL, *pool = NULL;

  if (url == NULL || !g_str_has_prefix (url, SCHEME))
    return;
  parts = g_strsplit (url + strlen (SCHEME), "/", 5);
  if (g_strv_length (parts) != 4)
    return;
  fsid = decode_url_part (parts[0]);
  pool = decode_url_part (parts[1]);
  if (fsid != NULL && vg_text_is_uuid (fsid) && pool != NULL)
    vg_stores_learn (stores, id, fsid, pool);
}

void
vg_stores_learn_from_image (VgStores *stores, const VgImageRecord *base)
{
  VgJson *locations = vg_json_get_array (base->json, "locations");
  gsize n = locations != NULL ? json_object_array_length (locations) : 0;
  const char *only = base->stores != NULL && g_strv_length (base->stores) == 1
                         ? base->stores[0]
                         : NULL;

  if (n == 0)
    read_location_url (stores, only,
                       vg_json_get_string (base->json, "direct_url"));
  for (gsize i = 0; i < n; i++) {
    VgJson *location = json_object_array_get_idx (locations, i);
    const char *id =
        vg_json_get_string (vg_json_get (location, "metadata"), "store");

    read_location_url (stores, id, vg_json_get_string (location, "url"));
  }
}

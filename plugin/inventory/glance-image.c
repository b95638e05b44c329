/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses Glance's JSON of an image record. */
#include "inventory/glance-image.h"

#include <string.h>

#include "inventory/error.h"

void
vg_image_record_free (VgImageRecord *record)
{
  if (record == NULL)
    return;
  g_free (record->id);
  g_free (record->name);
  g_free (record->status);
  g_free (record->owner);
  g_free (record->disk_format);
  g_free (record->container_format);
  g_free (record->os_hash_algo);
  g_free (record->os_hash_value);
  g_free (record->checksum);
  g_strfreev (record->stores);
  g_clear_pointer (&record->json, vg_json_unref);
  g_free (record);
}

static char **
split_stores (const char *text)
{
  char **stores;

  if (text == NULL)
    return NULL;
  stores = g_strsplit (text, ",", -1);
  for (char **store = stores; *store != NULL; store++)
    g_strstrip (*store);
  return stores;
}

VgImageRecord *
vg_image_record_parse (VgJson *json, const char *action, GError **error)
{
  VgImageRecord *record;

  if (vg_json_get_string (json, "id") == NULL
      || vg_json_get_string (json, "status") == NULL) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_PROTOCOL,
                 "can't %s: the response is not an image record; check the "
                 "endpoint's URL",
                 action);
    return NULL;
  }
  record = g_new0 (VgImageRecord, 1);
  record->id = g_strdup (vg_json_get_string (json, "id"));
  record->name = g_strdup (vg_json_get_string (json, "name"));
  record->status = g_strdup (vg_json_get_string (json, "status"));
  record->owner = g_strdup (vg_json_get_string (json, "owner"));
  record->disk_format = g_strdup (vg_json_get_string (json, "disk_format"));
  record->container_format =
      g_strdup (vg_json_get_string (json, "container_format"));
  record->os_hash_algo = g_strdup (vg_json_get_string (json, "os_hash_algo"));
  record->os_hash_value = g_strdup (vg_json_get_string (json, "os_hash_value"));
  record->checksum = g_strdup (vg_json_get_string (json, "checksum"));
  record->size = (guint64) MAX (vg_json_get_int (json, "size", 0), 0);
  record->min_disk = (guint64) MAX (vg_json_get_int (json, "min_disk", 0), 0);
  record->min_ram = (guint64) MAX (vg_json_get_int (json, "min_ram", 0), 0);
  record->stores = split_stores (vg_json_get_string (json, "stores"));
  record->json = json_object_get (json);
  return record;
}

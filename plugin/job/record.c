/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image's record, with the properties by which Nova tells a snapshot. */
#include "job/record.h"

#include <string.h>

#include "job/plan.h"
#include "util/text.h"

/* Of an image's name, and of a property's key. */
#define MAX_CHARACTERS 255

/* Set by Glance or by virt-glance; not for --property. */
static const char *const reserved[] = { "id",
                                        "name",
                                        "status",
                                        "owner",
                                        "visibility",
                                        "disk_format",
                                        "container_format",
                                        "size",
                                        "checksum",
                                        "stores",
                                        "locations",
                                        "direct_url",
                                        "min_disk",
                                        "min_ram",
                                        "protected",
                                        "tags",
                                        "self",
                                        "schema",
                                        "file",
                                        "created_at",
                                        "updated_at",
                                        "os_hidden",
                                        "virtual_size",
                                        "os_hash_algo",
                                        "deleted",
                                        "location",
                                        "os_hash_value",
                                        NULL };

/* Not g_unichar_isprint(): to that, a character newer than GLib's tables, and
 * the joiners that some scripts and pictures need, are none. */
static gboolean
is_printable (const char *text)
{
  g_autofree char *clean = vg_text_clean (text, 0);

  return g_str_equal (clean, text);
}

gboolean
vg_record_check_name (const char *name, GError **error)
{
  g_autofree char *shown = vg_text_clean (name, 40);
  const char *why = NULL;

  if (*name == '\0')
    why = "it is empty";
  else if (!g_utf8_validate (name, -1, NULL))
    why = "it is not valid UTF-8";
  else if (!is_printable (name))
    why = "it has a line break or another character that can't be printed";
  else if (g_utf8_strlen (name, -1) > MAX_CHARACTERS)
    why = "it is longer than 255 characters";
  if (why == NULL)
    return TRUE;
  g_set_error (error, VG_PLAN_ERROR, VG_PLAN_ERROR_REQUEST,
               "'%s' can't be an image's name: %s", shown, why);
  return FALSE;
}

static gboolean
add_user_property (VgJson *record, const char *assignment, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (assignment, "=", 2);
  g_autofree char *shown = vg_text_clean (assignment, 60);
  const char *why = NULL;

  if (g_strv_length (parts) != 2 || *parts[0] == '\0')
    why = "expected KEY=VALUE";
  else if (!g_utf8_validate (assignment, -1, NULL))
    why = "it is not valid UTF-8";
  else if (g_utf8_strlen (parts[0], -1) > MAX_CHARACTERS)
    why = "the key is longer than 255 characters";
  else if (g_strv_contains (reserved, parts[0])
           || g_str_has_prefix (parts[0], "os_glance_"))
    why = "Glance keeps that key for itself";
  if (why != NULL) {
    g_set_error (error, VG_PLAN_ERROR, VG_PLAN_ERROR_REQUEST,
                 "property '%s' can't be set: %s", shown, why);
    return FALSE;
  }
  vg_json_set_string (record, parts[0], parts[1]);
  return TRUE;
}

VgJson *
vg_record_new (const VgRecordFacts *facts, GError **error)
{
  const VgDomain *domain = facts->domain;
  const VgImageRecord *base = facts->base;
  g_autoptr (VgJson) record = json_object_new_object ();
  guint64 min_disk = vg_text_gib (facts->capacity);

  if (!vg_record_check_name (facts->name, error))
    return NULL;
  vg_json_set_string (record, "name", facts->name);
  vg_json_set_string (record, "disk_format", facts->disk_format);
  vg_json_set_string (record, "container_format", "bare");
  vg_json_set_string (record, "visibility", "private");
  if (base != NULL) {
    min_disk = MAX (min_disk, base->min_disk);
    vg_json_set_int (record, "min_ram", (gint64)base->min_ram);
  }
  vg_json_set_int (record, "min_disk", (gint64)min_disk);
  vg_json_set_string (record, "image_type", "snapshot");
  vg_json_set_string (record, "instance_uuid", domain->uuid);
  vg_json_set_string (record, "user_id", domain->owner_user);
  if (facts->is_root && domain->origin == VG_ORIGIN_IMAGE)
    vg_json_set_string (record, "base_image_ref", domain->image_ref);
  for (const char *const *p = facts->properties; p != NULL && *p != NULL; p++)
    if (!add_user_property (record, *p, error))
      return NULL;
  return g_steal_pointer (&record);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image's record, with the properties by which Nova recognizes a snapshot.
 */
#include "config.h"

#include "plan/image-record.h"

#include <string.h>

#include "domain/hardware.h"
#include "util/text.h"
#include "request/check.h"
#include "request/request-json.h"

/* clang-format off */
/* Describe the base image alone: signature, encryption and caching of its
 * bytes, or the origin of a snapshot. The list contains Nova's
 * (non_inheritable_image_properties, NON_INHERITABLE_IMAGE_PROPERTIES), and the
 * properties that Nova sets anew. */
static const char *const not_inherited[] = {
  "cache_in_nova", "bittorrent", "mappings", "block_device_mapping",
  "img_mappings", "img_block_device_mapping", "bdm_v2", "root_device_name",
  "cinder_encryption_key_id", "cinder_encryption_key_deletion_policy",
  "img_signature", "img_signature_hash_method", "img_signature_key_type",
  "img_signature_certificate_uuid", "base_image_ref", "instance_uuid",
  "user_id", "owner_id", "image_type", "image_location", "image_state",
  "boot_roles", "owner_project_name", "owner_user_name", "network_allocated",
  "clean_attempts", "old_vm_state", "hw_ephemeral_encryption_secret_uuid",
  "backup_type", NULL
};
/* clang-format on */

/* Likewise: encryption; checksums set by OpenStack's SDK; the instance that
 * Nova shelved; our own marks. */
static const char *const not_inherited_prefixes[] = {
  "os_encrypt_", "os_decrypt_", "owner_specified.", "shelved_", "virt_glance_",
};

/* Nova's limit for a value, in bytes. */
#define VALUE_MAX 255

char *
vg_record_make_name (const char *domain, const char *from)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *name = vg_text_clean (domain, 120);
  g_autofree char *time = g_date_time_format (now, "%Y%m%dT%H%M%SZ");
  g_autofree char *saved = vg_text_clean (from, 120);

  return g_strdup_printf ("%s-%s", name, from != NULL ? saved : time);
}

/* assignment: "KEY=VALUE" */
static void
add_user_property (VgJson *record, const char *assignment)
{
  g_auto (GStrv) parts = g_strsplit (assignment, "=", 2);

  vg_json_set_string (record, parts[0], parts[1]);
}

static gboolean
is_inherited (const char *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS (not_inherited_prefixes); i++)
    if (g_str_has_prefix (key, not_inherited_prefixes[i]))
      return FALSE;
  return !vg_request_is_reserved (key) && !g_strv_contains (not_inherited, key);
}

/* The base image's requirements for its guests apply to the snapshot too. */
static void
inherit_properties (VgJson *record, VgJson *base)
{
  if (!json_object_is_type (base, json_type_object))
    return;
  json_object_object_foreach (base, key, value) {
    if (json_object_is_type (value, json_type_string) && is_inherited (key))
      json_object_object_add (record, key, json_object_get (value));
  }
}

static void
set_type (VgJson *record, const VgRecordFacts *facts)
{
  const char *backup_type = facts->request->backup_type;
  gboolean is_novas = facts->is_root && backup_type != NULL;

  vg_json_set_string (record, "image_type", is_novas ? "backup" : "snapshot");
  vg_json_set_string (
      record, facts->is_root ? "backup_type" : VG_RECORD_BACKUP_PROPERTY,
      backup_type);
  if (!facts->is_root)
    vg_json_set_string (record, VG_RECORD_DISK_PROPERTY, facts->disk);
  vg_json_set_string (record, VG_RECORD_GROUP_PROPERTY, facts->group);
}

/* The hardware that the guest has. The base image's properties take precedence;
 * a property that depends on another one is left out unless the record has the
 * domain's value of the other one. */
static void
add_hardware (VgJson *record, const VgDomain *domain)
{
  for (guint i = 0; i < domain->hardware->len; i++) {
    const VgImageProperty *trait = domain->hardware->pdata[i];

    if (vg_json_get (record, trait->key) != NULL)
      continue;
    if (trait->needs == NULL
        || g_strcmp0 (vg_json_get_string (record, trait->needs),
                      vg_domain_get_trait (domain, trait->needs))
               == 0)
      vg_json_set_string (record, trait->key, trait->value);
  }
}

/* Properties that Nova records in its XML, and that don't go into a record:
 * those under another name than in Glance, and those about encryption. */
static gboolean
is_for_record (const VgNovaProperty *property)
{
  static const char *const others[] = { "hw_architecture", "hw_vm_mode", NULL };

  return g_str_has_prefix (property->name, "hw_")
         && !g_str_has_prefix (property->name, "hw_ephemeral_encryption")
         && !g_strv_contains (others, property->name)
         && is_inherited (property->name);
}

/* Nova's defaults for devices that the guest lacks, such as hw_cdrom_bus, and
 * what it knows of a base image that is gone. A list is written in Python's
 * words, which Nova would not read again. */
static void
add_nova_defaults (VgJson *record, const VgDomain *domain)
{
  for (guint i = 0; i < domain->nova_properties->len; i++) {
    const VgNovaProperty *property = domain->nova_properties->pdata[i];

    if (is_for_record (property) && vg_json_get (record, property->name) == NULL
        && strpbrk (property->value, "[]{}\n") == NULL
        && strlen (property->value) <= VALUE_MAX)
      vg_json_set_string (record, property->name, property->value);
  }
}

/* Leaves out what is too long for Nova, or has characters that a database with
 * MySQL's old "utf8" refuses, and the whole image with them. */
static void
set_mark (VgJson *record, const char *key, const char *value)
{
  if (value == NULL || strlen (value) > VALUE_MAX)
    return;
  for (const char *p = value; *p != '\0'; p = g_utf8_next_char (p))
    if (g_utf8_get_char (p) > 0xffff)
      return;
  vg_json_set_string (record, key, value);
}

static void
add_marks (VgJson *record, const VgRecordFacts *facts)
{
  g_autofree char *capacity =
      g_strdup_printf ("%" G_GUINT64_FORMAT, facts->capacity);
  g_autofree char *domain = vg_text_clean (facts->domain->name, 0);

  set_mark (record, VG_RECORD_DOMAIN_PROPERTY, domain);
  set_mark (record, VG_RECORD_UUID_PROPERTY, facts->domain->uuid);
  set_mark (record, VG_RECORD_HOST_PROPERTY, g_get_host_name ());
  set_mark (record, VG_RECORD_TARGET_PROPERTY, facts->disk);
  if (facts->capacity > 0)
    set_mark (record, VG_RECORD_CAPACITY_PROPERTY, capacity);
  set_mark (record, VG_RECORD_VERSION_PROPERTY, PACKAGE_VERSION);
}

VgJson *
vg_record_new (const VgRecordFacts *facts, GError **error)
{
  const VgDomain *domain = facts->domain;
  const VgImageRecord *base = facts->base;
  g_autoptr (VgJson) record = json_object_new_object ();
  guint64 min_disk = vg_text_gib (facts->capacity);

  if (!vg_request_check_name (facts->name, error))
    return NULL;
  vg_json_set_string (record, "name", facts->name);
  vg_json_set_string (record, "disk_format", facts->disk_format);
  vg_json_set_string (record, "container_format", "bare");
  vg_json_set_string (record, "visibility", "private");
  vg_json_set_string (record, "owner", facts->owner);
  if (base != NULL) {
    min_disk = MAX (min_disk, base->min_disk);
    vg_json_set_int (record, "min_ram", (gint64) base->min_ram);
    inherit_properties (record, base->json);
  }
  if (facts->is_root) {
    add_hardware (record, domain);
    add_nova_defaults (record, domain);
  }
  vg_json_set_int (record, "min_disk", (gint64) min_disk);
  set_type (record, facts);
  vg_json_set_string (record, "instance_uuid", domain->uuid);
  vg_json_set_string (record, "user_id", domain->owner_user);
  vg_json_set_string (record, "owner_id", domain->owner_project);
  vg_json_set_string (record, "owner_user_name", domain->owner_user_name);
  vg_json_set_string (record, "owner_project_name", domain->owner_project_name);
  vg_json_set_string (record, "image_location", "snapshot");
  vg_json_set_string (record, "image_state", "available");
  if (facts->is_root && domain->origin == VG_ORIGIN_IMAGE)
    vg_json_set_string (record, "base_image_ref", domain->image_ref);
  add_marks (record, facts);
  vg_request_write_record (facts->request, record);
  for (char **p = facts->request->properties; p != NULL && *p != NULL; p++)
    add_user_property (record, *p);
  if (g_strcmp0 (vg_json_get_string (record, "visibility"), "private") == 0)
    vg_json_set_string (record, VG_RECORD_DEFINITION_PROPERTY,
                        facts->definition);
  return g_steal_pointer (&record);
}

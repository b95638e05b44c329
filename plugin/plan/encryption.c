/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encrypted disks in a plan. Sources of the properties that identify an image's
 * key: Nova's documents on ephemeral encryption; Glance's schema-image.json for
 * Cinder's; for os_encrypt_, the specification that is to replace both
 * ("Standardize Image Encryption and Decryption"). */
#include "plan/encryption.h"

#include <string.h>

#include "plan/error.h"
#include "util/text.h"

#define KEY_ID "cinder_encryption_key_id"
#define KEY_POLICY "cinder_encryption_key_deletion_policy"

/* The guest uses the key too: deleting the image must not delete the key. */
#define KEEP_KEY "do_not_delete"

/* librbd decrypts by itself and supports more formats. QEMU's other format,
 * "qcow", is obsolete and insecure. */
static gboolean
is_known (const VgSource *source)
{
  return strcmp (source->encryption, "luks") == 0
         || (vg_source_is_rbd (source)
             && (strcmp (source->encryption, "luks2") == 0
                 || strcmp (source->encryption, "luks-any") == 0));
}

static gboolean
check_formats (const VgDomain *domain, const VgDomainDisk *disk, GError **error)
{
  const VgSource *source;

  for (source = disk->source; source != NULL; source = source->backing) {
    g_autofree char *shown = vg_text_clean (source->encryption, 40);

    if (source->encryption != NULL && !is_known (source))
      return vg_plan_throw_disk (
          error, domain, disk,
          "it is encrypted in the format '%s'; only LUKS is supported", shown);
  }
  return TRUE;
}

static gboolean
check_keep (const VgDomain *domain, const VgDomainDisk *disk,
            const char *format, GError **error)
{
  const VgSource *source = disk->source;
  const char *own = vg_encryption_get_format (disk);

  if (own == NULL)
    return vg_plan_throw_disk (error, domain, disk,
                               "it is encrypted in a file of the format '%s', "
                               "which images don't support; use --encrypted "
                               "decrypt if an unencrypted image is acceptable",
                               source->format);
  if (source->encryption == NULL || source->backing != NULL)
    return vg_plan_throw_disk (
        error, domain, disk,
        "it is encrypted and has a backing file, which an image of its "
        "ciphertext would lack; use --encrypted decrypt if an unencrypted "
        "image is acceptable");
  if (source->has_slice)
    return vg_plan_throw_disk (
        error, domain, disk, "it is encrypted, and it is a slice of its file");
  if (format == NULL || strcmp (format, own) == 0)
    return TRUE;
  return vg_plan_throw_disk (error, domain, disk,
                             "it is encrypted, and an image of its ciphertext "
                             "has the disk's format %s, not %s",
                             own, format);
}

gboolean
vg_encryption_check (const VgDomain *domain, const VgDomainDisk *disk,
                     VgEncrypted encrypted, const char *format, GError **error)
{
  if (!check_formats (domain, disk, error))
    return FALSE;
  switch (encrypted) {
  case VG_ENCRYPTED_DECRYPT:
    return TRUE;
  case VG_ENCRYPTED_KEEP:
    return check_keep (domain, disk, format, error);
  case VG_ENCRYPTED_REFUSE:
    break;
  }
  return vg_plan_throw_disk (
      error, domain, disk,
      "it is encrypted, and an image would hold its content unencrypted; use "
      "--encrypted keep for an image of the ciphertext, or --encrypted decrypt "
      "if an unencrypted image is acceptable");
}

gboolean
vg_encryption_check_way (const VgDomain *domain, const VgDomainDisk *disk,
                         gboolean active, VgTransport way, GError **error)
{
  if (vg_transport_needs_rbd_snapshot (way))
    return TRUE;
  if (vg_source_is_rbd (disk->source))
    return vg_plan_throw_disk (
        error, domain, disk,
        "it is encrypted, and its ciphertext is available only from a snapshot "
        "in Ceph, which can't be taken here");
  if (active)
    return vg_plan_throw_disk (
        error, domain, disk,
        "it is encrypted, and the hypervisor exports only the unencrypted "
        "content of a running domain; shut the domain off, or use --encrypted "
        "decrypt if an unencrypted image is acceptable");
  return TRUE;
}

const char *
vg_encryption_get_format (const VgDomainDisk *disk)
{
  const char *format = disk->source->format;

  if (format == NULL || strcmp (format, "raw") == 0)
    return "raw";
  return strcmp (format, "qcow2") == 0 ? "qcow2" : NULL;
}

static void
set_new (VgJson *record, const char *key, const char *value)
{
  if (vg_json_get (record, key) == NULL)
    vg_json_set_string (record, key, value);
}

/* Properties common to Nova and Cinder. */
static void
describe_key (const char *id, VgJson *record)
{
  set_new (record, "os_encrypt_format", "LUKSv1");
  set_new (record, "os_encrypt_key_id", id);
  set_new (record, "os_encrypt_key_deletion_policy", KEEP_KEY);
}

char *
vg_encryption_describe (const VgDomain *domain, const VgDomainDisk *disk,
                        VgJson *record)
{
  const VgSource *source = disk->source;
  const char *id = vg_json_get_string (record, KEY_ID);

  if (disk->volume_id != NULL || id != NULL) {
    if (id == NULL)
      return g_strdup_printf (
          "the image of disk %s does not name its encryption key, because the "
          "domain's XML does not name the key of a volume; set it with "
          "--property " KEY_ID "=ID",
          disk->target);
    set_new (record, KEY_POLICY, KEEP_KEY);
    describe_key (id, record);
    return NULL;
  }
  set_new (record, "hw_ephemeral_encryption", "true");
  set_new (record, "hw_ephemeral_encryption_format", "luks");
  if (source->key_uuid == NULL)
    return g_strdup_printf (
        "the image of disk %s does not name its encryption key, because the "
        "domain's XML names the secret by its usage; set it with --property "
        "hw_ephemeral_encryption_secret_uuid=ID",
        disk->target);
  set_new (record, "hw_ephemeral_encryption_secret_uuid", source->key_uuid);
  if (domain->is_nova)
    describe_key (source->key_uuid, record);
  return NULL;
}

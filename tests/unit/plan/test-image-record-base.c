/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an image's record takes from the base image and from Nova's copy of it,
 * and what it leaves. */
#include "plan/image-record.h"

#include "lib/record-maker.h"

#define IMAGE "3f1a5c1e-0d5b-4d4e-9a35-6d1f0c0a77e2"

/* What the base image says holds, and nothing of the XML's is put to it that
 * goes with something else. */
static void
test_base_wins (void)
{
  static const char *const keys[] = { "hw_disk_bus",      "hw_scsi_model",
                                      "hw_firmware_type", "os_secure_boot",
                                      "hw_tpm_version",   "hw_tpm_model",
                                      "os_distro",        "os_version" };
  static const struct {
    const char *base, *values[G_N_ELEMENTS (keys)];
  } cases[] = {
    { "{}",
      { "scsi", "virtio-scsi", "uefi", "required", "2.0", "tpm-crb", "debian",
        "12" } },
    { "{\"hw_disk_bus\":\"scsi\",\"hw_firmware_type\":\"uefi\","
      "\"hw_tpm_version\":\"2.0\",\"os_distro\":\"debian\"}",
      { "scsi", "virtio-scsi", "uefi", "required", "2.0", "tpm-crb", "debian",
        "12" } },
    { "{\"hw_disk_bus\":\"virtio\",\"hw_firmware_type\":\"bios\","
      "\"hw_tpm_version\":\"1.2\",\"os_distro\":\"ubuntu\"}",
      { "virtio", NULL, "bios", NULL, "1.2", NULL, "ubuntu", NULL } },
    { "{\"hw_scsi_model\":\"lsilogic\",\"os_secure_boot\":\"optional\","
      "\"hw_tpm_model\":\"tpm-tis\",\"os_version\":\"11\"}",
      { "scsi", "lsilogic", "uefi", "optional", "2.0", "tpm-tis", "debian",
        "11" } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (VgJson) json = vg_json_parse (cases[i].base, -1, NULL);
    VgImageRecord base = { .json = json };
    VgRecordFacts facts = { .is_root = TRUE, .base = &base };
    g_autoptr (VgJson) record = record_make ("plain-hardware", &facts);

    for (gsize j = 0; j < G_N_ELEMENTS (keys); j++)
      record_assert_string (record, keys[j], cases[i].values[j]);
  }
}

/* Whatever is about the base image's bytes, or about who made it. */
static void
test_not_inherited (void)
{
  static const char *const keys[] = {
    "cache_in_nova",
    "bittorrent",
    "mappings",
    "block_device_mapping",
    "bdm_v2",
    "root_device_name",
    "img_signature",
    "img_signature_hash_method",
    "img_signature_key_type",
    "img_signature_certificate_uuid",
    "cinder_encryption_key_id",
    "cinder_encryption_key_deletion_policy",
    "hw_ephemeral_encryption_secret_uuid",
    "os_encrypt_key_id",
    "os_decrypt_container_format",
    "os_glance_stage_host",
    "owner_specified.openstack.sha256",
    "shelved_at",
    "boot_roles",
    "network_allocated",
    "clean_attempts",
    "old_vm_state",
    "backup_type",
    "virt_glance_backup_type",
    "virt_glance_disk",
    "virt_glance_snapshot",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
    g_autofree char *text =
        g_strdup_printf ("{\"%s\":\"x\",\"mine\":\"x\"}", keys[i]);
    g_autoptr (VgJson) json = vg_json_parse (text, -1, NULL);
    VgImageRecord base = { .json = json };
    VgRecordFacts facts = { .is_root = TRUE, .base = &base };
    g_autoptr (VgJson) record = record_make ("nova-image-1.1", &facts);

    record_assert_string (record, "mine", "x");
    record_assert_string (record, keys[i], NULL);
  }
}

/* Properties say how to run a guest; others are about the base's bytes. */
static void
test_inherited (void)
{
  g_autoptr (VgJson) json = vg_json_parse (
      "{\"id\":\"x\",\"name\":\"debian\",\"owner\":\"p\",\"size\":5,"
      "\"checksum\":\"c\",\"os_hash_value\":\"h\",\"stores\":\"fast\","
      "\"hw_disk_bus\":\"scsi\",\"hw_firmware_type\":\"uefi\","
      "\"os_distro\":\"debian\",\"kernel_id\":null,"
      "\"img_signature\":\"s\",\"os_glance_import_task\":\"t\","
      "\"cinder_encryption_key_id\":\"k\",\"base_image_ref\":\"older\","
      "\"instance_uuid\":\"other\",\"image_type\":\"backup\"}",
      -1, NULL);
  VgImageRecord base = { .json = json };
  char *properties[] = { (char *) "os_distro=mine", NULL };
  VgRequest request = { .properties = properties };
  VgRecordFacts facts = { .is_root = TRUE, .base = &base, .request = &request };
  static const char *const absent[] = { "id",
                                        "owner",
                                        "size",
                                        "checksum",
                                        "stores",
                                        "os_hash_value",
                                        "img_signature",
                                        "kernel_id",
                                        "os_glance_import_task",
                                        "cinder_encryption_key_id" };
  g_autoptr (VgJson) record = record_make ("nova-image-1.1", &facts);

  record_assert_string (record, "hw_disk_bus", "scsi");
  record_assert_string (record, "hw_firmware_type", "uefi");
  record_assert_string (record, "os_distro", "mine");
  record_assert_string (record, "name", "name");
  record_assert_string (record, "base_image_ref", IMAGE);
  record_assert_string (record, "image_type", "snapshot");
  record_assert_string (record, "instance_uuid",
                        "d4c5b6a7-1f2e-4d3c-8b9a-0a1b2c3d4e5f");
  for (gsize i = 0; i < G_N_ELEMENTS (absent); i++)
    g_assert_null (vg_json_get (record, absent[i]));
}

/* The owner's names are those of the XML, never the base image's. */
static void
test_names_of_owner (void)
{
  g_autoptr (VgJson) json = vg_json_parse (
      "{\"owner_user_name\":\"eve\",\"owner_project_name\":\"other\"}", -1,
      NULL);
  VgImageRecord base = { .json = json };
  VgRecordFacts facts = { .is_root = TRUE, .base = &base };
  g_autoptr (VgJson) nova = record_make ("nova-image-1.1", &facts);
  g_autoptr (VgJson) plain = record_make ("plain", &facts), other = NULL;

  record_assert_string (nova, "owner_user_name", "alice");
  record_assert_string (nova, "owner_project_name", "shop");
  record_assert_string (plain, "owner_user_name", NULL);
  record_assert_string (plain, "owner_project_name", NULL);
  facts.is_root = FALSE;
  other = record_make ("nova-image-1.1", &facts);
  record_assert_string (other, "owner_user_name", "alice");
}

/* What Nova says of devices that the guest lacks; the base image and the
 * guest's own hardware go before. */
static void
test_nova_defaults (void)
{
  static const char xml[] =
      "<domain><name>guest</name><metadata><n:instance xmlns:n="
      "'http://openstack.org/xmlns/libvirt/nova/1.1'><n:image uuid='" IMAGE
      "'><n:properties>"
      "<n:property name='hw_cdrom_bus'>ide</n:property>"
      "<n:property name='hw_input_bus'>usb</n:property>"
      "<n:property name='hw_vif_model'>e1000</n:property>"
      "<n:property name='hw_disk_bus'>scsi</n:property>"
      "<n:property name='hw_numa_cpus'>[0, 1]</n:property>"
      "<n:property name='hw_architecture'>x86_64</n:property>"
      "<n:property name='hw_ephemeral_encryption'>True</n:property>"
      "<n:property name='hw_ephemeral_encryption_secret_uuid'>u</n:property>"
      "<n:property name='img_signature'>s</n:property>"
      "<n:property name='owner_id'>o</n:property>"
      "</n:properties></n:image></n:instance></metadata><devices><disk>"
      "<source file='/a'/><target dev='vda' bus='virtio'/></disk>"
      "</devices></domain>";
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDomain) domain = vg_domain_parse (xml, -1, &error);
  g_autoptr (VgJson) json =
      vg_json_parse ("{\"hw_vif_model\":\"virtio\"}", -1, NULL);
  g_autoptr (VgRequest) request = vg_request_new (NULL);
  VgImageRecord base = { .json = json };
  VgRecordFacts facts = { .domain = domain,
                          .name = "name",
                          .disk_format = "raw",
                          .request = request,
                          .is_root = TRUE,
                          .base = &base };
  static const char *const absent[] = { "hw_numa_cpus",
                                        "hw_architecture",
                                        "hw_ephemeral_encryption",
                                        "hw_ephemeral_encryption_secret_uuid",
                                        "img_signature",
                                        "owner_id" };
  g_autoptr (VgJson) record = NULL, other = NULL;

  g_assert_no_error (error);
  record = vg_record_new (&facts, &error);
  g_assert_no_error (error);
  record_assert_string (record, "hw_cdrom_bus", "ide");
  record_assert_string (record, "hw_input_bus", "usb");
  record_assert_string (record, "hw_vif_model", "virtio");
  record_assert_string (record, "hw_disk_bus", "virtio");
  for (gsize i = 0; i < G_N_ELEMENTS (absent); i++)
    record_assert_string (record, absent[i], NULL);
  facts.is_root = FALSE;
  other = vg_record_new (&facts, &error);
  g_assert_no_error (error);
  record_assert_string (other, "hw_cdrom_bus", NULL);
}

/* Glance has it although it is gone: it was made from it. */
static void
test_base_gone (void)
{
  VgRecordFacts facts = { .is_root = TRUE };
  g_autoptr (VgJson) record = record_make ("nova-image-1.1", &facts);

  record_assert_string (record, "base_image_ref", IMAGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/base-wins", test_base_wins);
  g_test_add_func ("/record/not-inherited", test_not_inherited);
  g_test_add_func ("/record/inherited", test_inherited);
  g_test_add_func ("/record/names-of-owner", test_names_of_owner);
  g_test_add_func ("/record/nova-defaults", test_nova_defaults);
  g_test_add_func ("/record/base-gone", test_base_gone);
  return g_test_run ();
}

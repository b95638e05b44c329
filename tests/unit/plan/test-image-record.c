/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An image's record: Nova's properties, the user's, sizes, names. */
#include "config.h"

#include "plan/image-record.h"

#include <string.h>

#include "lib/domain-file.h"
#include "lib/record-maker.h"
#include "plan/plan.h"
#include "request/options.h"

#define GIB ((guint64) 1 << 30)
#define IMAGE "3f1a5c1e-0d5b-4d4e-9a35-6d1f0c0a77e2"

/* Takes a member out that must have that value; NULL: that there is none of. */
static void
take_mark (VgJson *record, const char *key, const char *value)
{
  record_assert_string (record, key, value);
  json_object_object_del (record, key);
}

/* The whole body, so that nothing is in it unseen. What it is of is in each. */
static void
assert_whole (const char *file, const VgRecordFacts *facts,
              const char *expected)
{
  g_autoptr (VgDomain) domain = domain_file_parse (file);
  g_autoptr (VgJson) record = record_make (file, facts);
  g_autofree char *capacity =
      g_strdup_printf ("%" G_GUINT64_FORMAT, facts->capacity);
  g_autofree char *text = NULL;

  take_mark (record, "virt_glance_domain", domain->name);
  take_mark (record, "virt_glance_domain_uuid", domain->uuid);
  take_mark (record, "virt_glance_host", g_get_host_name ());
  take_mark (record, "virt_glance_target", facts->disk);
  take_mark (record, "virt_glance_capacity", capacity);
  take_mark (record, "virt_glance_version", PACKAGE_VERSION);
  text = vg_json_to_text (record, FALSE);
  g_assert_cmpstr (text, ==, expected);
}

#define BEGIN                                                                  \
  "{\"name\":\"name\",\"disk_format\":\"qcow2\","                              \
  "\"container_format\":\"bare\",\"visibility\":\"private\","
#define NOVA_OWNER                                                             \
  "\"instance_uuid\":\"d4c5b6a7-1f2e-4d3c-8b9a-0a1b2c3d4e5f\","                \
  "\"user_id\":\"8c3f2ab0d9a64b6f9f6f2c4f2f0d9e11\","                          \
  "\"owner_id\":\"5a2d1c3b4e5f60718293a4b5c6d7e8f9\","                         \
  "\"owner_user_name\":\"alice\",\"owner_project_name\":\"shop\","
#define STATE "\"image_location\":\"snapshot\",\"image_state\":\"available\""

static void
test_whole_nova (void)
{
  g_autoptr (VgJson) json = vg_json_parse (
      "{\"id\":\"x\",\"os_distro\":\"debian\",\"hw_vif_model\":\"e1000\","
      "\"hw_rng_model\":\"virtio\",\"os_glance_failed_import\":\"\"}",
      -1, NULL);
  VgImageRecord base = { .min_disk = 10, .min_ram = 512, .json = json };
  VgRecordFacts facts = { .is_root = TRUE,
                          .base = &base,
                          .capacity = 20 * GIB };

  assert_whole ("nova-image-1.1", &facts,
                BEGIN
                "\"min_ram\":512,\"os_distro\":\"debian\","
                "\"hw_vif_model\":\"e1000\",\"hw_rng_model\":\"virtio\","
                "\"architecture\":\"x86_64\",\"hw_machine_type\":\"q35\","
                "\"hw_firmware_type\":\"bios\",\"hw_disk_bus\":\"virtio\","
                "\"hw_qemu_guest_agent\":\"yes\",\"min_disk\":20,"
                "\"image_type\":\"snapshot\"," NOVA_OWNER STATE
                ",\"base_image_ref\":\"" IMAGE "\"}");
  /* A data disk boots nothing. */
  facts.is_root = FALSE;
  facts.base = NULL;
  assert_whole ("nova-image-1.1", &facts,
                BEGIN "\"min_disk\":20,"
                      "\"image_type\":\"snapshot\"," NOVA_OWNER STATE "}");
}

static void
test_whole_plain (void)
{
  VgRecordFacts facts = { .is_root = TRUE, .capacity = GIB };

  assert_whole (
      "plain-hardware", &facts,
      BEGIN "\"architecture\":\"x86_64\",\"hw_machine_type\":\"q35\","
            "\"hw_firmware_type\":\"uefi\",\"os_secure_boot\":\"required\","
            "\"hw_disk_bus\":\"scsi\",\"hw_scsi_model\":\"virtio-scsi\","
            "\"hw_vif_model\":\"e1000e\",\"hw_video_model\":\"qxl\","
            "\"hw_rng_model\":\"virtio\",\"hw_qemu_guest_agent\":\"yes\","
            "\"hw_tpm_version\":\"2.0\",\"hw_tpm_model\":\"tpm-crb\","
            "\"os_distro\":\"debian\",\"os_version\":\"12\","
            "\"os_type\":\"linux\",\"min_disk\":1,\"image_type\":\"snapshot\","
            "\"instance_uuid\":\"7d0c5a51-3b0f-4c2e-9e3c-52a8f0d7b6a1\"," STATE
            "}");
}

/* The larger of the disk and what the base image wants. */
static void
test_min_disk (void)
{
  static const struct {
    guint64 capacity, base, expected;
  } cases[] = {
    { 0, 0, 0 },       { 1, 0, 1 },          { GIB, 0, 1 },
    { GIB + 1, 0, 2 }, { GIB, 10, 10 },      { 20 * GIB, 10, 20 },
    { 0, 10, 10 },     { 10 * GIB, 10, 10 }, { (guint64) 16 << 40, 1, 16384 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    VgImageRecord base = { .min_disk = cases[i].base };
    VgRecordFacts facts = { .capacity = cases[i].capacity, .base = &base };
    g_autoptr (VgJson) record = record_make ("plain", &facts);

    g_assert_cmpint (vg_json_get_int (record, "min_disk", -1), ==,
                     (gint64) cases[i].expected);
  }
}

static void
test_no_base (void)
{
  VgRecordFacts facts = { .is_root = TRUE };
  g_autoptr (VgJson) plain = record_make ("plain", &facts);
  g_autoptr (VgJson) volume = record_make ("nova-volume-32", &facts);
  g_autoptr (VgJson) other = NULL;

  g_assert_null (vg_json_get (plain, "min_ram"));
  g_assert_null (vg_json_get (plain, "base_image_ref"));
  g_assert_null (vg_json_get (plain, "user_id"));
  record_assert_string (plain, "instance_uuid",
                        "2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8");
  /* A volume's image is not what the guest's disk is an overlay of. */
  g_assert_null (vg_json_get (volume, "base_image_ref"));
  facts.is_root = FALSE;
  other = record_make ("nova-image-1.1", &facts);
  g_assert_null (vg_json_get (other, "base_image_ref"));
}

static void
test_properties (void)
{
  static const char *const properties[] = { "os_type=linux",
                                            "empty=",
                                            "equals=a=b=c",
                                            "quotes='\"",
                                            "lines=a\nb",
                                            "twice=1",
                                            "twice=2",
                                            "with space= x ",
                                            "d\xc3\xa9j\xc3\xa0=vu",
                                            NULL };
  VgRequest request = { .properties = (char **) properties };
  VgRecordFacts facts = { .request = &request };
  g_autoptr (VgJson) record = record_make ("plain", &facts);

  record_assert_string (record, "os_type", "linux");
  record_assert_string (record, "empty", "");
  record_assert_string (record, "equals", "a=b=c");
  record_assert_string (record, "quotes", "'\"");
  record_assert_string (record, "lines", "a\nb");
  record_assert_string (record, "twice", "2");
  record_assert_string (record, "with space", " x ");
  record_assert_string (record, "d\xc3\xa9j\xc3\xa0", "vu");
}

/* What is a member of the record, besides properties. */
static void
test_members (void)
{
  g_autoptr (VgRequest) request = vg_request_new (NULL);
  VgRecordFacts facts = { .request = request, .is_root = TRUE };
  g_autoptr (VgJson) plain = record_make ("plain", &facts);
  g_autoptr (VgJson) record = NULL;
  g_autofree char *tags = NULL;

  record_assert_string (plain, "visibility", "private");
  record_assert_string (plain, "image_type", "snapshot");
  g_assert_null (vg_json_get (plain, "tags"));
  g_assert_null (vg_json_get (plain, "backup_type"));
  request->visibility = g_strdup ("public");
  request->tags = g_strsplit ("b,\xc3\xbc a", ",", -1);
  request->backup_type = g_strdup ("daily");
  request->limit_rate = 5;
  record = record_make ("plain", &facts);
  record_assert_string (record, "visibility", "public");
  record_assert_string (record, "image_type", "backup");
  record_assert_string (record, "backup_type", "daily");
  tags = vg_json_to_text (vg_json_get_array (record, "tags"), FALSE);
  g_assert_cmpstr (tags, ==, "[\"b\",\"\xc3\xbc a\"]");
  g_assert_cmpint (json_object_object_length (record), ==,
                   json_object_object_length (plain) + 2);
}

/* Nova's rotation deletes what has its marks of a backup: the root disk's image
 * has them alone. */
static void
test_backup_marks (void)
{
  VgRequest request = { .backup_type = (char *) "daily" };
  VgRecordFacts facts = { .request = &request, .is_root = TRUE, .disk = "vda" };
  g_autoptr (VgJson) root = record_make ("plain", &facts), other = NULL;

  record_assert_string (root, "image_type", "backup");
  record_assert_string (root, "backup_type", "daily");
  record_assert_string (root, "virt_glance_backup_type", NULL);
  facts.is_root = FALSE;
  facts.disk = "vdb";
  other = record_make ("plain", &facts);
  record_assert_string (other, "image_type", "snapshot");
  record_assert_string (other, "backup_type", NULL);
  record_assert_string (other, "virt_glance_backup_type", "daily");
  record_assert_string (other, "virt_glance_disk", "vdb");
  record_assert_string (other, "instance_uuid",
                        "2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8");
}

/* What the request says of a member goes before what the base image has. */
static void
test_said_members (void)
{
  guint n;
  const VgRequestOption *options = vg_request_options (&n);

  for (guint i = 0; i < n; i++) {
    g_autoptr (VgRequest) request = vg_request_new (NULL);
    VgImageRecord base = { .min_disk = 10, .min_ram = 512 };
    VgRecordFacts facts = { .request = request,
                            .is_root = TRUE,
                            .base = &base };
    g_autoptr (VgJson) record = NULL;

    if (options[i].record == NULL
        || vg_request_option_get_type (&options[i]) != VG_FIELD_NUMBER)
      continue;
    *vg_request_option_get_field (&options[i], request).number = 7;
    record = record_make ("plain", &facts);
    g_assert_cmpint (vg_json_get_int (record, options[i].record, -1), ==, 7);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/whole-nova", test_whole_nova);
  g_test_add_func ("/record/whole-plain", test_whole_plain);
  g_test_add_func ("/record/min-disk", test_min_disk);
  g_test_add_func ("/record/no-base", test_no_base);
  g_test_add_func ("/record/properties", test_properties);
  g_test_add_func ("/record/members", test_members);
  g_test_add_func ("/record/backup-marks", test_backup_marks);
  g_test_add_func ("/record/said-members", test_said_members);
  return g_test_run ();
}

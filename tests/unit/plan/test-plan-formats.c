/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan says of images' formats, and of their compression. */
#include "lib/plan-maker.h"
#include "request/error.h"
#include "util/image-format.h"

#define UNKNOWN "the disk is in Ceph, and the store's type is unknown"

static void
test_format (void)
{
  static const struct {
    PlanCase input;
    VgImageFormat format;
    const char *reason;
  } cases[] = {
    { { .file = "plain" }, VG_IMAGE_QCOW2, "zeroes are not sent" },
    { { .file = "plain", .format = "raw" }, VG_IMAGE_RAW, "as asked for" },
    { { .file = "plain", .format = "qcow2", .config_format = "raw" },
      VG_IMAGE_QCOW2,
      "as asked for" },
    { { .file = "plain", .config_format = "raw" },
      VG_IMAGE_RAW,
      "[libvirt] snapshot_image_format" },
    /* Raw where the store is in Ceph, or may be. */
    { { .file = "nova-rbd-root", .store = "ceph" },
      VG_IMAGE_RAW,
      "the store is Ceph" },
    { { .file = "nova-rbd-root", .store = "fast" },
      VG_IMAGE_QCOW2,
      "zeroes are not sent" },
    { { .file = "nova-rbd-root", .store = "fast", .format = "raw" },
      VG_IMAGE_RAW,
      "as asked for" },
    { { .file = "nova-rbd-root" }, VG_IMAGE_RAW, UNKNOWN },
    { { .file = "nova-rbd-root", .store = "cheap" }, VG_IMAGE_RAW, UNKNOWN },
    { { .file = "nova-rbd-root",
        .store = "cheap",
        .places = "cheap 0a1b2c3d-1111-4222-8333-444455556666 images" },
      VG_IMAGE_RAW,
      "the store is Ceph" },
    { { .file = "nova-rbd-root", .single = TRUE }, VG_IMAGE_RAW, UNKNOWN },
    { { .file = "nova-rbd-root", .no_stores = TRUE }, VG_IMAGE_RAW, UNKNOWN },
    { { .file = "nova-rbd-root", .config_format = "qcow2" },
      VG_IMAGE_QCOW2,
      "[libvirt] snapshot_image_format" },
    { { .file = "nova-rbd-root", .format = "qcow2", .store = "ceph" },
      VG_IMAGE_QCOW2,
      "as asked for" },
    { { .file = "plain", .store = "ceph" }, VG_IMAGE_RAW, "the store is Ceph" },
    { { .file = "plain", .store = "ceph", .config_format = "qcow2" },
      VG_IMAGE_QCOW2,
      "[libvirt] snapshot_image_format" },
    { { .file = "plain", .store = "fast" },
      VG_IMAGE_QCOW2,
      "zeroes are not sent" },
    { { .file = "plain", .no_stores = TRUE },
      VG_IMAGE_QCOW2,
      "zeroes are not sent" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (VgPlan) plan = plan_make (&cases[i].input);
    const VgPlanImage *disk = plan_image (plan, 0);

    g_assert_cmpint (disk->format, ==, cases[i].format);
    g_assert_cmpstr (disk->format_reason, ==, cases[i].reason);
    g_assert_cmpstr (vg_json_get_string (disk->record, "disk_format"), ==,
                     vg_image_format_to_string (cases[i].format));
  }
}

typedef struct {
  PlanCase input;
  VgImageFormat format;
  VgCompression compression;
  guint level;
} CompressionCase;

static void
assert_compressions (const CompressionCase *cases, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    g_autoptr (VgPlan) plan = plan_make (&cases[i].input);
    const VgPlanImage *image = plan_image (plan, 0);

    g_assert_cmpint (image->format, ==, cases[i].format);
    g_assert_cmpint (image->compression, ==, cases[i].compression);
    g_assert_cmpuint (image->compression_level, ==, cases[i].level);
  }
}

static void
test_compression (void)
{
  static const CompressionCase cases[] = {
    { { .file = "plain" }, VG_IMAGE_QCOW2, VG_COMPRESSION_NONE },
    { { .file = "plain", .compress = "zlib" },
      VG_IMAGE_QCOW2,
      VG_COMPRESSION_ZLIB },
    { { .file = "plain", .store = "ceph", .compress = "zstd" },
      VG_IMAGE_QCOW2,
      VG_COMPRESSION_ZSTD },
    { { .file = "plain", .store = "ceph", .compress = "none" },
      VG_IMAGE_RAW,
      VG_COMPRESSION_NONE },
  };
  PlanCase input = { .file = "plain", .format = "raw", .compress = "zstd" };

  assert_compressions (cases, G_N_ELEMENTS (cases));
  plan_fail (&input, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
             "a raw image can't be compressed; use --format qcow2");
  input = (PlanCase){ .file = "encrypted",
                      .encrypted = VG_ENCRYPTED_KEEP,
                      .compress = "zstd" };
  plan_fail (&input, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID, "ciphertext");
}

/* The request goes before the configuration. */
static void
test_compression_configured (void)
{
  static const CompressionCase cases[] = {
    { { .file = "plain", .config_compression = "zstd", .compress = "none" },
      VG_IMAGE_QCOW2,
      VG_COMPRESSION_NONE },
    { { .file = "plain", .config_compression = "zstd" },
      VG_IMAGE_QCOW2,
      VG_COMPRESSION_ZSTD },
    { { .file = "plain", .config_compression = "true" },
      VG_IMAGE_QCOW2,
      VG_COMPRESSION_ZLIB },
    { { .file = "plain", .config_compression = "zlib:9" },
      VG_IMAGE_QCOW2,
      VG_COMPRESSION_ZLIB,
      9 },
    { { .file = "plain",
        .config_compression = "zlib:9",
        .compress = "zstd:19" },
      VG_IMAGE_QCOW2,
      VG_COMPRESSION_ZSTD,
      19 },
    { { .file = "plain",
        .config_compression = "zlib:9",
        .compress = "zstd:auto" },
      VG_IMAGE_QCOW2,
      VG_COMPRESSION_ZSTD },
    { { .file = "plain", .config_compression = "true", .format = "raw" },
      VG_IMAGE_RAW,
      VG_COMPRESSION_NONE },
    { { .file = "plain", .config_compression = "true", .store = "ceph" },
      VG_IMAGE_RAW,
      VG_COMPRESSION_NONE },
    { { .file = "plain", .config_format = "raw", .compress = "zstd" },
      VG_IMAGE_QCOW2,
      VG_COMPRESSION_ZSTD },
    { { .file = "encrypted",
        .encrypted = VG_ENCRYPTED_KEEP,
        .config_compression = "zstd" },
      VG_IMAGE_RAW,
      VG_COMPRESSION_NONE },
  };

  assert_compressions (cases, G_N_ELEMENTS (cases));
}

static void
test_format_unknown (void)
{
  PlanCase input = { .file = "plain", .format = "vmdk" };

  plan_fail (&input, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID, "'vmdk'");
  input.format = "";
  plan_fail (&input, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
             "raw or qcow2");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/format", test_format);
  g_test_add_func ("/plan/format-unknown", test_format_unknown);
  g_test_add_func ("/plan/compression", test_compression);
  g_test_add_func ("/plan/compression-configured", test_compression_configured);
  return g_test_run ();
}

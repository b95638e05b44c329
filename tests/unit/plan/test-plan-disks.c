/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which disks a plan refuses, and in which words. */
#include "lib/domain-file.h"
#include "lib/plan-maker.h"
#include "plan/error.h"

#include <string.h>

#define ROOT                                                                   \
  "<disk><source file='/srv/root'/><target dev='vda' bus='virtio'/></disk>"

/* Encrypted in that format, with that <driver>; and below a plain layer. */
#define LUKS(driver, format)                                                   \
  "<disk><driver type='" driver                                                \
  "'/><source file='/a'><encryption format='" format                           \
  "'/></source><target dev='vda'/></disk>"
#define BELOW                                                                  \
  "<disk type='file'><driver type='qcow2'/><source file='/srv/top'/>"          \
  "<backingStore type='file'><format type='raw'/><source file='/srv/base'>"    \
  "<encryption format='luks'/></source><backingStore/></backingStore>"         \
  "<target dev='vda'/></disk>"

typedef struct {
  const char *name;
  PlanCase input;
  const char *text; /* NULL: it is taken */
} DiskCase;

static const DiskCase cases[] = {
  { "cdrom", { .file = "disk-types", .disks = "sdb" }, "sdb of domain disk-" },
  { "cdrom-why", { .file = "disk-types", .disks = "sdb" }, "it is a cdrom" },
  { "floppy", { .file = "disk-types", .disks = "fda" }, "it is a floppy" },
  { "empty-cdrom", { .file = "disk-types", .disks = "hda" }, "it is a cdrom" },
  { "empty",
    { .disks_xml = ROOT "<disk type='file' device='disk'>"
                        "<target dev='vdb'/></disk>",
      .disks = "vdb" },
    "it has no medium" },
  { "vhost-user", { .file = "disk-types", .disks = "vde" }, "vhost" },
  { "vhost-vdpa", { .file = "disk-types", .disks = "vdf" }, "vhost" },
  { "dir",
    { .disks_xml = ROOT "<disk type='dir' device='disk'>"
                        "<driver type='fat'/><source dir='/srv/folder'/>"
                        "<target dev='vdb'/></disk>",
      .disks = "vdb" },
    "it is a directory" },
  { "shareable", { .file = "floppy-cdrom-disk" }, "it is shareable" },
  { "shareable-readonly",
    { .disks_xml = ROOT "<disk><source file='/b'/><target dev='vdb'/>"
                        "<shareable/><readonly/></disk>",
      .disks = "vdb" },
    NULL },
  { "encrypted", { .file = "encrypted" }, "it is encrypted" },
  { "encrypted-how", { .file = "encrypted" }, "use --encrypted keep" },
  { "encrypted-below", { .disks_xml = BELOW }, "it is encrypted" },
  { "encrypted-unknown",
    { .file = "encrypted", .disks = "vdb", .encrypted = VG_ENCRYPTED_KEEP },
    "it is encrypted in the format 'luks2'; only LUKS is supported" },
  { "encrypted-qcow",
    { .disks_xml = LUKS ("qcow2", "qcow"), .encrypted = VG_ENCRYPTED_DECRYPT },
    "the format 'qcow'; only LUKS is supported" },
  { "encrypted-default",
    { .disks_xml = "<disk><source file='/a'><encryption/></source>"
                   "<target dev='vda'/></disk>",
      .encrypted = VG_ENCRYPTED_KEEP },
    "the format 'default'; only LUKS is supported" },
  { "keep", { .file = "encrypted", .encrypted = VG_ENCRYPTED_KEEP }, NULL },
  { "keep-running",
    { .file = "encrypted", .encrypted = VG_ENCRYPTED_KEEP, .active = TRUE },
    "exports only the unencrypted content of a running domain" },
  { "keep-format",
    { .file = "encrypted", .encrypted = VG_ENCRYPTED_KEEP, .format = "qcow2" },
    "has the disk's format raw, not qcow2" },
  { "keep-vmdk",
    { .disks_xml = LUKS ("vmdk", "luks"), .encrypted = VG_ENCRYPTED_KEEP },
    "a file of the format 'vmdk', which images don't support" },
  { "keep-below",
    { .disks_xml = BELOW, .encrypted = VG_ENCRYPTED_KEEP },
    "has a backing file, which an image of its ciphertext would lack" },
  { "keep-slice",
    { .disks_xml = "<disk><source file='/a'><encryption format='luks'/><slices>"
                   "<slice type='storage' offset='1' size='2'/></slices>"
                   "</source><target dev='vda'/></disk>",
      .encrypted = VG_ENCRYPTED_KEEP },
    "it is a slice of its file" },
  { "keep-rbd-unasked",
    { .disks_xml = "<disk type='network'><source protocol='rbd' name='vms/a'>"
                   "<encryption format='luks2' engine='librbd'/></source>"
                   "<target dev='vda'/></disk>",
      .encrypted = VG_ENCRYPTED_KEEP },
    "is available only from a snapshot in Ceph" },
  { "decrypt",
    { .file = "encrypted", .encrypted = VG_ENCRYPTED_DECRYPT },
    NULL },
  { "decrypt-running",
    { .disks_xml = BELOW, .encrypted = VG_ENCRYPTED_DECRYPT, .active = TRUE },
    NULL },
  { "lun-running",
    { .file = "disk-types", .disks = "sda", .active = TRUE },
    "shut the domain off first" },
  { "lun-shut-off", { .file = "disk-types", .disks = "sda" }, NULL },
  { "block", { .file = "disk-types" }, NULL },
  { "network", { .file = "disk-types", .disks = "vdb", .active = TRUE }, NULL },
  { "pool", { .file = "disk-types", .disks = "vdc", .active = TRUE }, NULL },
  { "nvme", { .file = "disk-types", .disks = "vdd", .active = TRUE }, NULL },
};

static void
test_disk (gconstpointer data)
{
  const DiskCase *test = data;
  g_autoptr (VgPlan) plan = NULL;

  if (test->text != NULL) {
    plan_fail (&test->input, VG_PLAN_ERROR, VG_PLAN_ERROR_DISK, test->text);
    return;
  }
  plan = plan_make (&test->input);
  g_assert_cmpuint (plan->images->len, ==, 1);
}

/* One that can't be taken spoils it all: an image less would be a surprise. */
static void
test_all (void)
{
  PlanCase input = { .file = "disk-types", .all_disks = TRUE };

  plan_fail (&input, VG_PLAN_ERROR, VG_PLAN_ERROR_DISK, "vde");
}

/* … but removable media are not meant by "all disks". */
static void
test_all_but_media (void)
{
  PlanCase input = {
    .all_disks = TRUE,
    .disks_xml =
        "<disk device='floppy'><target dev='fda'/></disk>"
        "<disk device='cdrom'><target dev='sda'/></disk>"
        "<disk type='file'><source file='/a'/><target dev='vda'/></disk>"
        "<disk type='file'><source file='/b'/><target dev='vdb'/>"
        "<boot order='1'/></disk>"
  };
  g_autoptr (VgPlan) plan = plan_make (&input);

  g_assert_cmpuint (plan->images->len, ==, 2);
  g_assert_cmpstr (plan_source (plan, 0)->disk->target, ==, "vdb");
  g_assert_cmpstr (plan_source (plan, 1)->disk->target, ==, "vda");
}

/* … nor is Nova's swap disk, unless it is named. */
static void
test_swap (void)
{
  PlanCase input = { .file = "nova-companions", .all_disks = TRUE };
  PlanCase named = { .file = "nova-companions", .disks = "vdb" };
  g_autoptr (VgPlan) plan = plan_make (&input), other = plan_make (&named);

  g_assert_cmpuint (plan->images->len, ==, 3);
  for (guint i = 0; i < plan->images->len; i++)
    g_assert_cmpstr (plan_image (plan, i)->target, !=, "vdb");
  g_assert_cmpuint (g_strv_length (plan->left_out), ==, 1);
  g_assert_cmpstr (plan->left_out[0], ==, "vdb");
  g_assert_cmpuint (other->images->len, ==, 1);
  g_assert_cmpstr (plan_image (other, 0)->target, ==, "vdb");
  g_assert_cmpuint (g_strv_length (other->left_out), ==, 0);
}

static void
test_unknown (void)
{
  PlanCase input = { .file = "nova-rbd-root", .disks = "vda,vdz" };

  plan_fail (&input, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_UNKNOWN_DISK,
             "no disk 'vdz'; its disks: vda, sda (cdrom), vdb");
  input.disks = "";
  input.all_disks = FALSE;
  /* An empty list is no list. */
  vg_plan_free (plan_make (&input));
}

static void
test_none (void)
{
  PlanCase input = { .file = "no-disks" };

  plan_fail (&input, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_NO_DISK,
             "it has no disks");
  input.all_disks = TRUE;
  plan_fail (&input, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_NO_DISK,
             "it has no disks");
  input.file = "cdrom-only";
  plan_fail (&input, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_NO_DISK, "cdrom");
  input.all_disks = FALSE;
  plan_fail (&input, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_NO_DISK, "cdrom");
}

/* What an image's record says of the key of its ciphertext. */
static void
test_key (void)
{
  static const char *const key[] = { "cinder_encryption_key_id=k", NULL };
  PlanCase input = { .file = "encrypted", .encrypted = VG_ENCRYPTED_KEEP };
  g_autoptr (VgPlan) plan = plan_make (&input), volume = NULL, known = NULL;
  VgJson *record = plan_image (plan, 0)->record;

  g_assert_true (plan_source (plan, 0)->ciphertext);
  g_assert_cmpuint (plan->warnings->len, ==, 0);
  g_assert_cmpstr (vg_json_get_string (record, "hw_ephemeral_encryption"), ==,
                   "true");
  g_assert_cmpstr (
      vg_json_get_string (record, "hw_ephemeral_encryption_format"), ==,
      "luks");
  g_assert_cmpstr (
      vg_json_get_string (record, "hw_ephemeral_encryption_secret_uuid"), ==,
      "0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f");
  /* No guest of Nova's: the key manager doesn't know that UUID. */
  g_assert_null (vg_json_get (record, "os_encrypt_key_id"));

  input.file = NULL;
  input.disks_xml =
      "<disk type='block'><source dev='/dev/v'/><target dev='vda'/>"
      "<serial>2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8</serial>"
      "<encryption format='luks'><secret uuid='0a81f5b2-8403-"
      "7b23-c8d6-21ccc2f80d6f'/></encryption></disk>";
  volume = plan_make (&input);
  record = plan_image (volume, 0)->record;
  g_assert_cmpuint (volume->warnings->len, ==, 1);
  g_assert_nonnull (strstr (volume->warnings->pdata[0],
                            "--property cinder_encryption_key_id=ID"));
  g_assert_null (vg_json_get (record, "hw_ephemeral_encryption"));

  input.properties = key;
  known = plan_make (&input);
  record = plan_image (known, 0)->record;
  g_assert_cmpuint (known->warnings->len, ==, 0);
  g_assert_cmpstr (
      vg_json_get_string (record, "cinder_encryption_key_deletion_policy"), ==,
      "do_not_delete");
  g_assert_cmpstr (vg_json_get_string (record, "os_encrypt_key_id"), ==, "k");
  g_assert_null (vg_json_get (record, "hw_ephemeral_encryption"));
}

/* Of all images alike; owner NULL: who asks is. */
static void
assert_owner (const PlanCase *input, const char *project, const char *owner)
{
  g_autoptr (VgPlan) plan = plan_make (input);

  g_assert_cmpstr (plan->project, ==, project);
  for (guint i = 0; i < plan->images->len; i++)
    g_assert_cmpstr (vg_json_get_string (plan_image (plan, i)->record, "owner"),
                     ==, owner);
}

static void
test_owner (void)
{
  static const char theirs[] = "5a2d1c3b4e5f60718293a4b5c6d7e8f9";
  PlanCase input = { .file = "nova-image-1.1", .all_disks = TRUE };

  assert_owner (&input, theirs, theirs);
  input.project = "b7c5f3a1d2e84f6f9a0b1c2d3e4f5a6b";
  assert_owner (&input, theirs, theirs);
  input.owner_self = TRUE;
  assert_owner (&input, theirs, NULL);
  input.project = theirs;
  assert_owner (&input, NULL, NULL);
  input.owner_self = FALSE;
  assert_owner (&input, NULL, NULL);
  input.file = "plain"; /* nobody's */
  assert_owner (&input, NULL, NULL);
}

/* What can be no project's id isn't asked of Glance. */
static void
test_owner_odd (void)
{
  static const char *const odd[] = { "",  " ",   "a b",  "\xc3\xbc",
                                     "/", "a\n", "../x", NULL };
  g_autofree char *just = g_strnfill (64, 'p');
  g_autofree char *over = g_strnfill (65, 'p');
  g_autoptr (VgRequest) request = vg_request_new ("guest");
  g_autoptr (VgConfig) config = vg_config_new ();
  VgPlanFacts facts = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (odd) + 1; i++) {
    const char *id = i < G_N_ELEMENTS (odd) ? odd[i] : just;
    VgDomain *domain = domain_file_parse ("nova-image-1.1");
    g_autoptr (VgPlan) plan = NULL;

    g_free (domain->owner_project);
    domain->owner_project = g_strdup (id != NULL ? id : over);
    plan =
        vg_plan_new (request, config, vg_plan_sources_new (domain, FALSE, NULL),
                     &facts, NULL);
    g_assert_cmpstr (plan->project, ==, (id == just ? just : NULL));
  }
}

/* os_require_quiesce, of the base image's record, or as Nova noted it. */
static void
test_quiesce (void)
{
  static const struct {
    VgQuiesce asked;
    gboolean explicit;
    const char *record; /* its value there; NULL: there is no record */
    gboolean noted;
    VgQuiesce expected;
  } rows[] = {
    { VG_QUIESCE_AUTO, FALSE, NULL, FALSE, VG_QUIESCE_AUTO },
    { VG_QUIESCE_AUTO, FALSE, NULL, TRUE, VG_QUIESCE_REQUIRE },
    { VG_QUIESCE_NEVER, FALSE, "yes", FALSE, VG_QUIESCE_REQUIRE },
    { VG_QUIESCE_AUTO, FALSE, "True", FALSE, VG_QUIESCE_REQUIRE },
    { VG_QUIESCE_AUTO, FALSE, "no", TRUE, VG_QUIESCE_AUTO },
    { VG_QUIESCE_NEVER, FALSE, "", FALSE, VG_QUIESCE_NEVER },
    { VG_QUIESCE_NEVER, TRUE, "yes", TRUE, VG_QUIESCE_NEVER },
    { VG_QUIESCE_REQUIRE, TRUE, "yes", TRUE, VG_QUIESCE_REQUIRE },
  };
  g_autoptr (VgConfig) config = vg_config_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (VgRequest) request = vg_request_new ("guest");
    VgDomain *domain = domain_file_parse ("nova-image-1.1");
    g_autoptr (VgJson) json = json_object_new_object ();
    VgImageRecord base = { .json = json };
    VgPlanFacts facts = { .base = rows[i].record != NULL ? &base : NULL };
    g_autoptr (VgPlan) plan = NULL;

    vg_json_set_string (json, "os_require_quiesce", rows[i].record);
    domain->require_quiesce = rows[i].noted;
    if (rows[i].explicit)
      request->quiesce = g_strdup (vg_quiesce_to_string (rows[i].asked));
    g_free (config->quiesce);
    config->quiesce = g_strdup (vg_quiesce_to_string (rows[i].asked));
    plan =
        vg_plan_new (request, config, vg_plan_sources_new (domain, FALSE, NULL),
                     &facts, NULL);
    g_assert_cmpint (plan->sources->quiesce, ==, rows[i].expected);
    g_assert_cmpint (plan->sources->quiesce_reason != NULL, ==,
                     (rows[i].expected != rows[i].asked));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/plan/disk/%s", cases[i].name);

    g_test_add_data_func (path, &cases[i], test_disk);
  }
  g_test_add_func ("/plan/disk/all", test_all);
  g_test_add_func ("/plan/disk/all-but-media", test_all_but_media);
  g_test_add_func ("/plan/disks/swap", test_swap);
  g_test_add_func ("/plan/disk/unknown", test_unknown);
  g_test_add_func ("/plan/disk/none", test_none);
  g_test_add_func ("/plan/disk/key", test_key);
  g_test_add_func ("/plan/disk/quiesce", test_quiesce);
  g_test_add_func ("/plan/disk/owner", test_owner);
  g_test_add_func ("/plan/disk/owner-odd", test_owner_odd);
  return g_test_run ();
}

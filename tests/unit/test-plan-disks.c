/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which disks a plan refuses, and in which words. */
#include "plan-maker.h"

#define ROOT                                                                   \
  "<disk><source file='/srv/root'/><target dev='vda' bus='virtio'/></disk>"

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
    "it is a folder" },
  { "shareable", { .file = "floppy-cdrom-disk" }, "it is shareable" },
  { "encrypted", { .file = "encrypted" }, "it is encrypted" },
  { "encrypted-source",
    { .file = "encrypted", .disks = "vdb" },
    "it is encrypted" },
  { "encrypted-below",
    { .disks_xml = "<disk type='file'><driver type='qcow2'/>"
                   "<source file='/srv/top'/><backingStore type='file'>"
                   "<format type='raw'/><source file='/srv/base'>"
                   "<encryption format='luks'/></source><backingStore/>"
                   "</backingStore><target dev='vda'/></disk>" },
    "it is encrypted" },
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
  g_assert_cmpuint (plan->disks->len, ==, 1);
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

  g_assert_cmpuint (plan->disks->len, ==, 2);
  g_assert_cmpstr (plan_disk (plan, 0)->disk->target, ==, "vdb");
  g_assert_cmpstr (plan_disk (plan, 1)->disk->target, ==, "vda");
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

  plan_fail (&input, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_NO_DISK, "none at all");
  input.all_disks = TRUE;
  plan_fail (&input, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_NO_DISK, "none at all");
  input.file = "cdrom-only";
  plan_fail (&input, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_NO_DISK, "cdrom");
  input.all_disks = FALSE;
  plan_fail (&input, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_NO_DISK, "cdrom");
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
  g_test_add_func ("/plan/disk/unknown", test_unknown);
  g_test_add_func ("/plan/disk/none", test_none);
  return g_test_run ();
}

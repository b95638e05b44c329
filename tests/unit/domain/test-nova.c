/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Nova's metadata and the names of its files tell of a guest's disks. */
#include <string.h>

#include "domain/domain.h"

#define NOVA "http://openstack.org/xmlns/libvirt/nova/1.1"
#define UUID "d4c5b6a7-1f2e-4d3c-8b9a-0a1b2c3d4e5f"

#define FILE_DISK(path, target)                                                \
  "<disk type='file'><source file='" path "'/><target dev='" target "'/></"    \
  "disk>"
#define RBD_DISK(name, target)                                                 \
  "<disk type='network'><source protocol='rbd' name='" name                    \
  "'/><target dev='" target "'/></disk>"
#define ROOT FILE_DISK ("/instances/" UUID "/disk", "vda")

/* nova: the content of <nova:instance>; NULL: it isn't Nova's. */
static VgDomain *
parse (const char *nova, const char *disks)
{
  g_autofree char *metadata = g_strdup_printf (
      "<nova:instance xmlns:nova='" NOVA "'>%s</nova:instance>",
      nova != NULL ? nova : "");
  g_autofree char *xml = g_strdup_printf (
      "<domain><name>guest</name><uuid>" UUID "</uuid><metadata>%s</metadata>"
      "<devices>%s</devices></domain>",
      nova != NULL ? metadata : "", disks);
  g_autoptr (GError) error = NULL;
  VgDomain *domain = vg_domain_parse (xml, -1, &error);

  g_assert_no_error (error);
  return domain;
}

#define SWAP(mib)                                                              \
  "<nova:flavor name='m1'><nova:swap>" mib "</nova:swap></nova:flavor>"

static void
test_swap (void)
{
  static const struct {
    const char *nova, *disks;
    const char *swap; /* the target, or NULL */
  } cases[] = {
    { SWAP ("512"), ROOT FILE_DISK ("/i/disk.swap", "vdb"), "vdb" },
    { SWAP ("512"), ROOT RBD_DISK ("vms/" UUID "_disk.swap", "vdb"), "vdb" },
    { SWAP ("512"), ROOT FILE_DISK ("/dev/vg/" UUID "_disk.swap", "vdb"),
      "vdb" },
    { "", ROOT FILE_DISK ("/i/disk.swap", "vdb"), "vdb" },
    { SWAP ("0"), ROOT FILE_DISK ("/i/disk.swap", "vdb"), NULL },
    { NULL, ROOT FILE_DISK ("/i/disk.swap", "vdb"), NULL },
    { SWAP ("512"), ROOT FILE_DISK ("/i/disk.swap2", "vdb"), NULL },
    { SWAP ("512"), ROOT FILE_DISK ("/i/disk.eph0", "vdb"), NULL },
    { SWAP ("512"), ROOT FILE_DISK ("/i/my-disk.swap", "vdb"), NULL },
    /* A guest's only disk is none that can be left out. */
    { SWAP ("512"), FILE_DISK ("/i/disk.swap", "vda"), NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (VgDomain) domain = parse (cases[i].nova, cases[i].disks);

    for (guint k = 0; k < domain->disks->len; k++) {
      const VgDomainDisk *disk = domain->disks->pdata[k];

      g_test_message ("case %zu: %s", i, disk->target);
      g_assert_cmpint (disk->is_swap, ==,
                       g_strcmp0 (disk->target, cases[i].swap) == 0);
    }
  }
}

/* As libvirt has it while Nova copies a disk for a snapshot. */
static void
test_mirror (void)
{
  static const char disks[] =
      "<disk type='file'><source file='/a'/><mirror type='file' "
      "file='/a.delta' format='qcow2' job='copy' ready='yes'/>"
      "<target dev='vda'/></disk>" FILE_DISK ("/b", "vdb");
  g_autoptr (VgDomain) domain = parse (NULL, disks);

  g_assert_true (((VgDomainDisk *) domain->disks->pdata[0])->mirrored);
  g_assert_false (((VgDomainDisk *) domain->disks->pdata[1])->mirrored);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nova/swap", test_swap);
  g_test_add_func ("/nova/mirror", test_mirror);
  return g_test_run ();
}

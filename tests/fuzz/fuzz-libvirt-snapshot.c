/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The XML of a libvirt snapshot, and what it says of a domain's disks. */
#include "domain/libvirt-snapshot.h"

#include <string.h>

#include "fuzz/fuzz.h"

static const char domain_xml[] =
    "<domain type='kvm'><name>d</name><devices>"
    "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>"
    "<source file='/images/d.s1'/><backingStore type='file'>"
    "<format type='qcow2'/><source file='/images/d.qcow2'/><backingStore/>"
    "</backingStore><target dev='vda' bus='virtio'/></disk>"
    "<disk type='network' device='disk'><source protocol='rbd' name='p/i'/>"
    "<target dev='vdb' bus='virtio'/></disk></devices></domain>";

static void
check_disks (const VgLibvirtSnapshot *snapshot)
{
  g_autoptr (VgDomain) domain = vg_domain_parse (domain_xml, -1, NULL);

  for (guint i = 0; i < domain->disks->len * 2; i++) {
    g_autoptr (GError) error = NULL;
    const VgSavedDisk *disk = vg_libvirt_snapshot_get_disk (
        snapshot, domain, domain->disks->pdata[i / 2], i % 2 == 0, &error);

    fuzz_check_result (disk != NULL, error);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *xml = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgLibvirtSnapshot) snapshot =
      vg_libvirt_snapshot_parse (xml, &error);

  fuzz_check_result (snapshot != NULL, error);
  if (snapshot != NULL) {
    g_assert_nonnull (snapshot->name);
    check_disks (snapshot);
  }
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A domain's hardware and system as Nova's image properties. */
#include "domain/hardware.h"

typedef struct {
  const char *xml;      /* the domain's elements, without <name> */
  const char *expected; /* "KEY=VALUE KEY=VALUE" */
} Row;

static char *
list_traits (const VgDomain *domain)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < domain->hardware->len; i++) {
    const VgImageProperty *trait = domain->hardware->pdata[i];

    g_string_append_printf (list, "%s%s=%s", i > 0 ? " " : "", trait->key,
                            trait->value);
    g_assert_cmpstr (vg_domain_get_trait (domain, trait->key), ==,
                     trait->value);
    if (trait->needs != NULL)
      g_assert_nonnull (vg_domain_get_trait (domain, trait->needs));
  }
  return g_string_free (list, FALSE);
}

static void
assert_traits (const Row *rows, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    g_autofree char *xml = g_strdup_printf (
        "<domain type='kvm'><name>g</name>%s</domain>", rows[i].xml);
    g_autoptr (GError) error = NULL;
    g_autoptr (VgDomain) domain = vg_domain_parse (xml, -1, &error);
    g_autofree char *list = NULL;

    g_assert_no_error (error);
    g_test_message ("%s", rows[i].xml);
    list = list_traits (domain);
    g_assert_cmpstr (list, ==, rows[i].expected);
    g_assert_null (vg_domain_get_trait (domain, "hw_none"));
  }
}

#define OS(more, elements) "<os" more ">" elements "</os>"
#define TYPE(arch, machine)                                                    \
  "<type arch='" arch "' machine='" machine "'>hvm</type>"
#define ARM TYPE ("aarch64", "virt-7.2")
#define IS_ARM "architecture=aarch64 hw_machine_type=virt"

static void
test_machine (void)
{
  static const Row rows[] = {
    { "", "" },
    { OS ("", ""), "" },
    { OS ("", "<type>hvm</type>"), "" },
    { OS ("", TYPE ("x86_64", "pc-q35-7.2")),
      "architecture=x86_64 hw_machine_type=q35 hw_firmware_type=bios" },
    { OS ("", TYPE ("i686", "pc-i440fx-rhel7.6.0")),
      "architecture=i686 hw_machine_type=pc hw_firmware_type=bios" },
    { OS ("", TYPE ("x86_64", "pc-1.0")),
      "architecture=x86_64 hw_machine_type=pc hw_firmware_type=bios" },
    { OS ("", TYPE ("x86_64", "q35")),
      "architecture=x86_64 hw_machine_type=q35 hw_firmware_type=bios" },
    { OS ("", TYPE ("x86_64", "microvm")),
      "architecture=x86_64 hw_firmware_type=bios" },
    { OS ("", "<type arch='x86_64'>exe</type>"), "architecture=x86_64" },
    { OS ("", ARM), IS_ARM },
    { OS ("", TYPE ("ppc64le", "pseries-jammy")),
      "architecture=ppc64le hw_machine_type=pseries" },
    { OS ("", TYPE ("s390x", "s390-ccw-virtio-7.2")),
      "architecture=s390x hw_machine_type=s390-ccw-virtio" },
    { OS ("", TYPE ("pdp11", "integratorcp")), "" },
  };

  assert_traits (rows, G_N_ELEMENTS (rows));
}

#define FEATURES(first, second)                                                \
  "<firmware><feature enabled='" first "' name='secure-boot'/>"                \
  "<feature enabled='" second "' name='enrolled-keys'/></firmware>"
#define UEFI IS_ARM " hw_firmware_type=uefi"

static void
test_firmware (void)
{
  static const Row rows[] = {
    { OS (" firmware='efi'", ARM), UEFI },
    { OS (" firmware='bios'", ARM), IS_ARM " hw_firmware_type=bios" },
    { OS ("", ARM "<loader type='pflash'>/f</loader>"), UEFI },
    { OS ("", ARM "<loader type='rom'>/f</loader>"), IS_ARM },
    { OS ("", TYPE ("x86_64", "pc") "<loader>/f</loader>"),
      "architecture=x86_64 hw_machine_type=pc" },
    { OS ("", ARM "<loader type='pflash' secure='yes'>/f</loader>"),
      UEFI " os_secure_boot=required" },
    { OS ("", ARM "<loader type='pflash' secure='no'>/f</loader>"),
      UEFI " os_secure_boot=disabled" },
    { OS (" firmware='efi'", ARM FEATURES ("yes", "yes")),
      UEFI " os_secure_boot=required" },
    { OS (" firmware='efi'",
          ARM FEATURES ("yes", "no") "<loader secure='yes'/>"),
      UEFI " os_secure_boot=disabled" },
    { OS (" firmware='efi'", ARM FEATURES ("no", "no")),
      UEFI " os_secure_boot=disabled" },
    { OS (" firmware='bios'", ARM "<loader secure='no'/>"),
      IS_ARM " hw_firmware_type=bios" },
  };

  assert_traits (rows, G_N_ELEMENTS (rows));
}

#define DISK(dev, bus, more)                                                   \
  "<disk type='file' device='disk'><source file='/" dev "'/>"                  \
  "<target dev='" dev "' bus='" bus "'/>" more "</disk>"
#define ON(controller)                                                         \
  "<address type='drive' controller='" controller "' bus='0' unit='0'/>"
#define SCSI(index, model)                                                     \
  "<controller type='scsi' index='" index "' model='" model "'/>"
#define DEVICES(elements) "<devices>" elements "</devices>"
#define IS_SCSI "hw_disk_bus=scsi hw_scsi_model="

static void
test_disk (void)
{
  static const Row rows[] = {
    { DEVICES (DISK ("vda", "virtio", "")), "hw_disk_bus=virtio" },
    { DEVICES (DISK ("sda", "sata", "") DISK ("vda", "virtio", "")),
      "hw_disk_bus=sata" },
    { DEVICES (DISK ("hda", "ide", "")), "hw_disk_bus=ide" },
    { DEVICES (DISK ("sda", "usb", "")), "hw_disk_bus=usb" },
    { DEVICES (DISK ("sda", "sd", "")), "" },
    { DEVICES ("<disk type='file' device='cdrom'><target dev='sda' "
               "bus='sata'/></disk>"),
      "" },
    { DEVICES (DISK ("sda", "scsi", "")), "hw_disk_bus=scsi" },
    { DEVICES (DISK ("sda", "scsi", "") SCSI ("0", "virtio-scsi")),
      IS_SCSI "virtio-scsi" },
    { DEVICES (DISK ("sda", "scsi", "") SCSI ("0", "virtio-transitional")),
      IS_SCSI "virtio-scsi" },
    { DEVICES (DISK ("sda", "scsi", "") SCSI ("0", "lsilogic")),
      IS_SCSI "lsilogic" },
    { DEVICES (DISK ("sda", "scsi", "") SCSI ("0", "ncr53c90")),
      "hw_disk_bus=scsi" },
    { DEVICES (DISK ("sda", "scsi", ON ("1")) SCSI ("0", "lsilogic")
                   SCSI ("1", "virtio-scsi")),
      IS_SCSI "virtio-scsi" },
    { DEVICES (DISK ("vda", "virtio", "") SCSI ("0", "lsilogic")),
      "hw_disk_bus=virtio" },
  };

  assert_traits (rows, G_N_ELEMENTS (rows));
}

#define NIC(model)                                                             \
  "<interface type='bridge'><model type='" model "'/></interface>"
#define VIDEO(model, more) "<video><model type='" model "' " more "/></video>"
#define TPM(model, backend)                                                    \
  "<tpm model='" model "'><backend " backend "/></tpm>"

static void
test_devices (void)
{
  static const Row rows[] = {
    { DEVICES (NIC ("virtio")), "hw_vif_model=virtio" },
    { DEVICES (NIC ("virtio-non-transitional")), "hw_vif_model=virtio" },
    { DEVICES ("<interface type='hostdev'/>" NIC ("e1000e") NIC ("virtio")),
      "hw_vif_model=e1000e" },
    { DEVICES (NIC ("igb") NIC ("virtio")), "" },
    { DEVICES (VIDEO ("qxl", "")), "hw_video_model=qxl" },
    { DEVICES (VIDEO ("none", "")), "hw_video_model=none" },
    { DEVICES (VIDEO ("vga", "") VIDEO ("virtio", "primary='yes'")),
      "hw_video_model=virtio" },
    { DEVICES (VIDEO ("ramfb", "")), "" },
    { DEVICES ("<rng model='virtio'><backend model='random'/></rng>"),
      "hw_rng_model=virtio" },
    { DEVICES ("<rng model='virtio-transitional'/>"), "hw_rng_model=virtio" },
    { DEVICES ("<rng model='other'/>"), "" },
    { DEVICES ("<channel type='unix'><target type='virtio' "
               "name='org.qemu.guest_agent.0'/></channel>"),
      "hw_qemu_guest_agent=yes" },
    { DEVICES ("<channel type='unix'><target name='org.other'/></channel>"),
      "" },
    { DEVICES (TPM ("tpm-crb", "type='emulator' version='2.0'")),
      "hw_tpm_version=2.0 hw_tpm_model=tpm-crb" },
    { DEVICES (TPM ("tpm-tis", "type='emulator' version='1.2'")),
      "hw_tpm_version=1.2 hw_tpm_model=tpm-tis" },
    { DEVICES (TPM ("tpm-spapr", "type='emulator' version='2.0'")),
      "hw_tpm_version=2.0" },
    { DEVICES (TPM ("tpm-tis", "type='passthrough' version='2.0'")), "" },
    { DEVICES (TPM ("tpm-tis", "type='emulator' version='3'")), "" },
    { DEVICES (TPM ("tpm-tis", "type='emulator'")), "" },
  };

  assert_traits (rows, G_N_ELEMENTS (rows));
}

#define INFO_IN(uri, id)                                                       \
  "<metadata><l:libosinfo xmlns:l='" uri "'><l:os id='" id                     \
  "'/></l:libosinfo></metadata>"
#define INFO(id) INFO_IN ("http://libosinfo.org/xmlns/libvirt/domain/1.0", id)

static void
test_system (void)
{
  static const Row rows[] = {
    { INFO ("http://debian.org/debian/12"),
      "os_distro=debian os_version=12 os_type=linux" },
    { INFO ("http://ubuntu.com/ubuntu/22.04"),
      "os_distro=ubuntu os_version=22.04 os_type=linux" },
    { INFO ("http://suse.com/sle/15.4"),
      "os_distro=sles os_version=15.4 os_type=linux" },
    { INFO ("http://archlinux.org/archlinux/rolling"),
      "os_distro=arch os_type=linux" },
    { INFO ("http://microsoft.com/win/10"),
      "os_distro=windows os_version=10 os_type=windows" },
    { INFO ("http://microsoft.com/win/2k22"),
      "os_distro=windows os_type=windows" },
    { INFO ("http://freebsd.org/freebsd/13.1"),
      "os_distro=freebsd os_version=13.1" },
    { INFO ("http://libosinfo.org/linux/2022"), "os_type=linux" },
    { INFO ("http://debian.org/debian"), "os_distro=debian os_type=linux" },
    { INFO ("http://debian.org/debian/"), "os_distro=debian os_type=linux" },
    { "<metadata><l:libosinfo xmlns:l='http://libosinfo.org/xmlns/libvirt/"
      "domain/1.0'><os id='http://fedoraproject.org/fedora/38'/></l:libosinfo>"
      "</metadata>",
      "os_distro=fedora os_version=38 os_type=linux" },
    { INFO ("http://debian.org/debian/12345678901234567890123456789.12"),
      "os_distro=debian os_version=12345678901234567890123456789.12 "
      "os_type=linux" },
    { INFO ("http://debian.org/debian/123456789012345678901234567890.12"),
      "os_distro=debian os_type=linux" },
    { INFO ("http://example.org/other/1"), "" },
    { INFO ("debian"), "" },
    { INFO (""), "" },
    { INFO_IN ("http://example.org/", "http://debian.org/debian/12"), "" },
  };

  assert_traits (rows, G_N_ELEMENTS (rows));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hardware/machine", test_machine);
  g_test_add_func ("/hardware/firmware", test_firmware);
  g_test_add_func ("/hardware/disk", test_disk);
  g_test_add_func ("/hardware/devices", test_devices);
  g_test_add_func ("/hardware/system", test_system);
  return g_test_run ();
}

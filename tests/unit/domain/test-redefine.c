/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions that come back for another host, and hostile ones. */
#include "domain/redefine.h"

#include <string.h>

#include "domain/domain.h"

#define NEW "/var/lib/libvirt/images/web-vda.qcow2"

static const VgNewSource sources[] = { { "vda", NEW, "qcow2" } };

/* The definition of a domain with that in it; what is left out is in *lines,
 * joined. */
static char *
redefine (const char *outside, const char *devices, gboolean trusted,
          char **lines)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) left_out = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *xml = g_strdup_printf (
      "<domain type='kvm' "
      "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
      "<name>web</name>%s<devices>%s</devices></domain>",
      outside, devices);
  const VgRedefinition wanted = { .xml = xml,
                                  .job = "0a1b2c3d",
                                  .sources = sources,
                                  .n_sources = 1,
                                  .trusted = trusted };
  char *text = vg_redefine (&wanted, left_out, &error);

  g_assert_no_error (error);
  g_ptr_array_add (left_out, NULL);
  *lines = g_strjoinv ("\n", (char **) left_out->pdata);
  return text;
}

/* Elements with "/evil" in them, or that give the host away otherwise. */
static const struct {
  const char *outside;
  const char *devices;
} hostile[] = {
  { "<qemu:commandline><qemu:arg value='evil'/></qemu:commandline>", "" },
  { "<qemu:override><qemu:device alias='evil'/></qemu:override>", "" },
  { "<os><kernel>/evil</kernel></os>", "" },
  { "<os><initrd>/evil</initrd></os>", "" },
  { "<os><acpi><table type='slic'>/evil</table></acpi></os>", "" },
  { "<os><loader readonly='yes' type='pflash'>/evil</loader></os>", "" },
  { "<os><loader readonly='yes'>/usr/share/../evil</loader></os>", "" },
  { "<os><loader readonly='no'>/usr/share/evil</loader></os>", "" },
  { "<os><nvram template='/evil'>x</nvram></os>", "" },
  { "<seclabel type='none' model='evil'/>", "" },
  { "<resource><partition>/evil</partition></resource>", "" },
  { "<sysinfo type='fwcfg'><entry name='opt/x' file='/evil'/></sysinfo>", "" },
  { "<launchSecurity type='evil'/>", "" },
  { "<future path='/evil'/>", "" },
  { "", "<emulator>/evil</emulator>" },
  { "", "<disk type='file'><source file='/evil'/><target dev='vdb'/>"
        "</disk>" },
  { "", "<disk type='file' device='cdrom'><source file='/evil'/>"
        "<target dev='hda'/></disk>" },
  { "", "<disk type='block' device='lun'><source dev='/evil'/>"
        "<target dev='sda'/></disk>" },
  { "", "<filesystem type='mount'><source dir='/evil'/>"
        "<target dir='x'/></filesystem>" },
  { "", "<hostdev mode='subsystem' type='evil'/>" },
  { "", "<interface type='ethernet'><script path='/evil'/></interface>" },
  { "", "<interface type='direct'><source dev='evil'/></interface>" },
  { "", "<interface type='vhostuser'><source path='/evil'/></interface>" },
  { "", "<interface type='network'><source network='n'/>"
        "<script path='/evil'/></interface>" },
  { "", "<interface type='network'><source network='n'/>"
        "<rom file='/evil'/></interface>" },
  { "", "<serial type='file'><source path='/evil'/></serial>" },
  { "", "<serial type='tcp'><source host='evil' service='1'/></serial>" },
  { "", "<serial type='pty'><log file='/evil'/></serial>" },
  { "", "<console type='pipe'><source path='/evil'/></console>" },
  { "", "<channel type='file'><source path='/evil'/></channel>" },
  { "", "<channel type='unix'><source path='/evil'/>"
        "<target type='virtio'/></channel>" },
  { "", "<graphics type='vnc' socket='/evil'/>" },
  { "", "<graphics type='vnc'><listen type='socket' socket='/evil'/>"
        "</graphics>" },
  { "", "<graphics type='sdl' xauth='/evil'/>" },
  { "", "<graphics type='spice'><gl rendernode='/evil'/></graphics>" },
  { "", "<rng model='virtio'><backend model='random'>/evil</backend>"
        "</rng>" },
  { "", "<rng model='virtio'><backend model='egd' type='evil'/></rng>" },
  { "", "<tpm model='tpm-tis'><backend type='passthrough'>"
        "<device path='/evil'/></backend></tpm>" },
  { "", "<tpm model='tpm-tis'><backend type='emulator'>"
        "<source type='file' path='/evil'/></backend></tpm>" },
  { "", "<memory model='nvdimm'><source><path>/evil</path></source>"
        "</memory>" },
  { "", "<memory model='dimm'><source><path>/evil</path></source></memory>" },
  { "", "<shmem name='evil'/>" },
  { "", "<audio id='1' type='file' path='/evil'/>" },
  { "", "<input type='passthrough'><source evdev='/evil'/></input>" },
  { "", "<smartcard mode='host-certificates'><database>/evil</database>"
        "</smartcard>" },
  { "", "<video><model type='virtio'><acceleration accel3d='no' "
        "rendernode='/evil'/></model></video>" },
  { "", "<redirdev type='tcp'><source host='evil'/></redirdev>" },
};

/* After the filter no "evil" is left, and it is told. */
static void
test_hostile (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (hostile); i++) {
    g_autofree char *lines = NULL;
    g_autofree char *text =
        redefine (hostile[i].outside, hostile[i].devices, FALSE, &lines);

    if (strstr (text, "evil") != NULL || strstr (lines, "evil") == NULL)
      g_error ("case %zu: %s\nleft out: %s", i, text, lines);
  }
}

/* Without losing anything. */
static void
test_usual (void)
{
  static const char *const outside[] = {
    "<uuid>d4c5b6a7-1f2e-4d3c-8b9a-0a1b2c3d4e5f</uuid>",
    "<memory unit=\"KiB\">262144</memory>",
    "<vcpu placement=\"static\">2</vcpu>",
    "<os firmware=\"efi\"><type arch=\"x86_64\" machine=\"q35\">hvm</type>"
    "<loader readonly=\"yes\" type=\"pflash\">/usr/share/OVMF/OVMF_CODE_4M.fd"
    "</loader><boot dev=\"hd\"/></os>",
    "<features><acpi/><apic/></features>",
    "<cpu mode=\"host-passthrough\" check=\"none\"/>",
    "<clock offset=\"utc\"><timer name=\"rtc\" "
    "tickpolicy=\"catchup\"/></clock>",
    "<on_crash>destroy</on_crash>",
  };
  static const char *const devices[] = {
    "<controller type=\"pci\" index=\"0\" model=\"pcie-root\"/>",
    "<interface type=\"network\"><mac address=\"52:54:00:01:02:03\"/>"
    "<source network=\"default\"/><model type=\"virtio\"/></interface>",
    "<serial type=\"pty\"><target type=\"isa-serial\" port=\"0\"/></serial>",
    "<channel type=\"unix\"><target type=\"virtio\" "
    "name=\"org.qemu.guest_agent.0\"/></channel>",
    "<input type=\"tablet\" bus=\"usb\"/>",
    "<graphics type=\"vnc\" port=\"-1\" autoport=\"yes\" "
    "listen=\"127.0.0.1\"><listen type=\"address\" address=\"127.0.0.1\"/>"
    "</graphics>",
    "<video><model type=\"virtio\" heads=\"1\" primary=\"yes\"/></video>",
    "<rng model=\"virtio\"><backend model=\"random\">/dev/urandom</backend>"
    "</rng>",
    "<tpm model=\"tpm-crb\"><backend type=\"emulator\" version=\"2.0\"/></tpm>",
    "<memballoon model=\"virtio\"/>",
  };
  g_autofree char *first =
      g_strjoin ("", outside[0], outside[1], outside[2], outside[3], outside[4],
                 outside[5], outside[6], outside[7], NULL);
  g_autofree char *second = g_strjoin (
      "", "<emulator>/usr/bin/qemu-system-x86_64</emulator>", devices[0],
      devices[1], devices[2], devices[3], devices[4], devices[5], devices[6],
      devices[7], devices[8], devices[9], NULL);
  g_autofree char *lines = NULL;
  g_autofree char *text = redefine (first, second, FALSE, &lines);

  g_assert_cmpstr (lines, ==, "");
  for (gsize i = 0; i < G_N_ELEMENTS (outside); i++)
    g_assert_nonnull (strstr (text, outside[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (devices); i++)
    g_assert_nonnull (strstr (text, devices[i]));
  g_assert_null (strstr (text, "emulator>/usr/bin"));
}

static void
test_disks (void)
{
  g_autofree char *lines = NULL;
  g_autofree char *text = redefine (
      "",
      "<disk type='network' device='disk' snapshot='external'>"
      "<driver name='qemu' type='raw' cache='none' future='/evil'/>"
      "<auth username='a'/><source protocol='rbd' name='p/i'><host "
      "name='h'/></source><backingStore type='file'/>"
      "<target dev='vda' bus='virtio'/><serial>7</serial></disk>"
      "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>"
      "<target dev='hda' bus='ide'/><readonly/></disk>",
      TRUE, &lines);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDomain) domain = vg_domain_parse (text, -1, &error);
  const VgDomainDisk *disk;

  g_assert_no_error (error);
  g_assert_cmpstr (lines, ==, "");
  g_assert_cmpuint (domain->disks->len, ==, 2);
  disk = domain->disks->pdata[0];
  g_assert_cmpstr (disk->source->path, ==, NEW);
  g_assert_cmpstr (disk->serial, ==, "7");
  g_assert_nonnull (strstr (text, "cache=\"none\""));
  g_assert_null (strstr (text, "rbd"));
  g_assert_null (strstr (text, "evil"));
  g_assert_null (strstr (text, "backingStore"));
  disk = domain->disks->pdata[1];
  g_assert_cmpint (disk->source->type, ==, VG_SOURCE_NONE);
}

/* A trusted one keeps what reaches into the host, but for disks. */
static void
test_trusted (void)
{
  g_autofree char *lines = NULL;
  g_autofree char *text =
      redefine ("<os><kernel>/boot/vmlinuz</kernel></os>",
                "<disk type='file'><source file='/evil'/><target dev='vdb'/>"
                "</disk><serial type='file'><source path='/log'/></serial>",
                TRUE, &lines);

  g_assert_nonnull (strstr (text, "/boot/vmlinuz"));
  g_assert_nonnull (strstr (text, "/log"));
  g_assert_null (strstr (text, "evil"));
  g_assert_nonnull (strstr (lines, "evil"));
}

static void
test_name (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) left_out = g_ptr_array_new_with_free_func (g_free);
  const VgRedefinition wanted = {
    .xml = "<domain type='kvm'><name>web</name><metadata>"
           "<r:restored xmlns:r='urn:virt-glance:restored' job='old'/>"
           "<p:policy xmlns:p='urn:virt-glance:policy'/></metadata></domain>",
    .name = "a<b&c",
    .job = "0a1b2c3d"
  };
  g_autofree char *text = vg_redefine (&wanted, left_out, &error);
  g_autoptr (VgDomain) domain = NULL;

  g_assert_no_error (error);
  domain = vg_domain_parse (text, -1, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (domain->name, ==, "a<b&c");
  g_assert_nonnull (domain->policy);
  g_assert_null (*domain->strays);
  g_assert_nonnull (strstr (text, "job=\"0a1b2c3d\""));
  g_assert_null (strstr (text, "old"));
}

static void
test_wrong (void)
{
  static const char *const cases[] = {
    "<domain",
    "<network/>",
    "<domain type='lxc'><name>a</name></domain>",
    "<!DOCTYPE domain [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><domain/>",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) left_out = g_ptr_array_new_with_free_func (g_free);
    const VgRedefinition wanted = { .xml = cases[i] };

    g_assert_null (vg_redefine (&wanted, left_out, &error));
    g_assert_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/redefine/hostile", test_hostile);
  g_test_add_func ("/redefine/usual", test_usual);
  g_test_add_func ("/redefine/disks", test_disks);
  g_test_add_func ("/redefine/trusted", test_trusted);
  g_test_add_func ("/redefine/name", test_name);
  g_test_add_func ("/redefine/wrong", test_wrong);
  return g_test_run ();
}

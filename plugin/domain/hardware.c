/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Translates the XML's hardware, and libosinfo's record of the guest's system,
 * into Nova's image properties. Values that are missing or unknown to Nova are
 * skipped: an image without a property boots with the cloud's defaults, but an
 * image with a wrong property doesn't boot at all. */
#include "domain/hardware.h"

#include <string.h>

#include "domain/private.h"

#define OSINFO_URI "http://libosinfo.org/xmlns/libvirt/domain/1.0"

#define TRANSITIONAL "-transitional"
#define NON_TRANSITIONAL "-non-transitional"

/* clang-format off */
static const char *const architectures[] = {
  "aarch64", "alpha", "armv6l", "armv7b", "armv7l", "i686", "ia64", "m68k",
  "mips", "mips64", "mips64el", "mipsel", "ppc", "ppc64", "ppc64le", "s390",
  "s390x", "sparc", "sparc64", "x86_64", NULL
};
static const char *const disk_buses[] = {
  "fdc", "ide", "lxc", "sata", "scsi", "uml", "usb", "virtio", "xen", NULL
};
static const char *const scsi_models[] = {
  "buslogic", "ibmvscsi", "lsilogic", "lsisas1068", "lsisas1078",
  "virtio-scsi", "vmpvscsi", NULL
};
static const char *const vif_models[] = {
  "e1000", "e1000e", "ne2k_pci", "netfront", "pcnet", "rtl8139", "spapr-vlan",
  "virtio", "vmxnet3", NULL
};
static const char *const video_models[] = {
  "bochs", "cirrus", "gop", "none", "qxl", "vga", "virtio", "vmvga", "xen", NULL
};
static const char *const rng_models[] = { "virtio", NULL };
static const char *const tpm_versions[] = { "1.2", "2.0", NULL };
static const char *const tpm_models[] = { "tpm-crb", "tpm-tis", NULL };

/* The prefix of a machine type, and the alias of its newest version, which
 * other hosts have too: "pc-q35-7.2" is a version of "q35". */
static const struct {
  const char *prefix, *name;
} machines[] = {
  { "pc-q35-", "q35" },
  { "pc-", "pc" },
  { "virt-", "virt" },
  { "pseries-", "pseries" },
  { "s390-ccw-virtio-", "s390-ccw-virtio" },
};
static const char *const machine_names[] = {
  "pc", "pseries", "q35", "s390-ccw-virtio", "virt", NULL
};

/* By the second part of libosinfo's ids, such as http://debian.org/debian/12.
 * os_distro uses libosinfo's names, except for Windows. */
static const struct {
  const char *id, *distro, *type;
} systems[] = {
  { "almalinux", "almalinux", "linux" }, { "alpinelinux", "alpinelinux", "linux" },
  { "altlinux", "altlinux", "linux" },   { "archlinux", "arch", "linux" },
  { "centos", "centos", "linux" },       { "centos-stream", "centos", "linux" },
  { "debian", "debian", "linux" },       { "fedora", "fedora", "linux" },
  { "gentoo", "gentoo", "linux" },       { "linux", NULL, "linux" },
  { "mageia", "mageia", "linux" },       { "ol", "ol", "linux" },
  { "opensuse", "opensuse", "linux" },   { "rhel", "rhel", "linux" },
  { "rocky", "rocky", "linux" },         { "sle", "sles", "linux" },
  { "sled", "sled", "linux" },           { "sles", "sles", "linux" },
  { "ubuntu", "ubuntu", "linux" },       { "win", "windows", "windows" },
  { "freebsd", "freebsd", NULL },        { "netbsd", "netbsd", NULL },
  { "openbsd", "openbsd", NULL },
};
/* clang-format on */

static void
free_trait (gpointer data)
{
  VgImageProperty *trait = data;

  g_free (trait->value);
  g_free (trait);
}

const char *
vg_domain_get_trait (const VgDomain *domain, const char *key)
{
  for (guint i = 0; i < domain->hardware->len; i++) {
    const VgImageProperty *trait = domain->hardware->pdata[i];

    if (g_str_equal (trait->key, key))
      return trait->value;
  }
  return NULL;
}

/* Takes ownership of value. NULL adds nothing. */
static void
add_owned_trait (VgDomain *domain, const char *key, const char *needs,
                 char *value)
{
  VgImageProperty *trait;

  if (value == NULL)
    return;
  trait = g_new0 (VgImageProperty, 1);
  trait->key = key;
  trait->needs = needs;
  trait->value = value;
  g_ptr_array_add (domain->hardware, trait);
}

static void
add_trait (VgDomain *domain, const char *key, const char *value)
{
  add_owned_trait (domain, key, NULL, g_strdup (value));
}

/* Takes ownership of value. Returns NULL if it is not in known. */
static char *
filter_known (char *value, const char *const *known)
{
  if (value != NULL && g_strv_contains (known, value))
    return value;
  g_free (value);
  return NULL;
}

/* Takes ownership of a device's model. Nova doesn't distinguish the
 * transitional variants of virtio. */
static char *
normalize_virtio (char *model)
{
  if (model != NULL
      && (g_str_equal (model, "virtio" TRANSITIONAL)
          || g_str_equal (model, "virtio" NON_TRANSITIONAL)))
    model[strlen ("virtio")] = '\0';
  return model;
}

/* Machine and firmware */

static char *
read_machine (xmlNode *type)
{
  g_autofree char *machine = vg_xml_attribute (type, "machine");

  if (machine == NULL)
    return NULL;
  if (g_strv_contains (machine_names, machine))
    return g_steal_pointer (&machine);
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    if (g_str_has_prefix (machine, machines[i].prefix))
      return g_strdup (machines[i].name);
  return NULL;
}

/* Without a loader, a PC has QEMU's own BIOS. A ROM may hold BIOS or UEFI. */
static const char *
find_firmware (xmlNode *os, const char *architecture)
{
  xmlNode *loader = vg_xml_child (os, "loader");
  g_autofree char *type = vg_xml_text (vg_xml_child (os, "type"));

  if (vg_xml_attribute_is (os, "firmware", "efi")
      || vg_xml_attribute_is (loader, "type", "pflash"))
    return "uefi";
  if (vg_xml_attribute_is (os, "firmware", "bios"))
    return "bios";
  if (loader == NULL && g_strcmp0 (type, "hvm") == 0
      && (g_strcmp0 (architecture, "x86_64") == 0
          || g_strcmp0 (architecture, "i686") == 0))
    return "bios";
  return NULL;
}

static gboolean
has_feature (xmlNode *os, const char *name, const char *enabled)
{
  xmlNode *node = vg_xml_child (vg_xml_child (os, "firmware"), "feature");

  for (; node != NULL; node = vg_xml_next (node))
    if (vg_xml_attribute_is (node, "name", name)
        && vg_xml_attribute_is (node, "enabled", enabled))
      return TRUE;
  return FALSE;
}

/* Firmware that supports Secure Boot checks nothing without enrolled keys. */
static const char *
find_secure_boot (xmlNode *os)
{
  xmlNode *loader = vg_xml_child (os, "loader");

  if (has_feature (os, "secure-boot", "no")
      || has_feature (os, "enrolled-keys", "no")
      || vg_xml_attribute_is (loader, "secure", "no"))
    return "disabled";
  if (has_feature (os, "secure-boot", "yes")
      || vg_xml_attribute_is (loader, "secure", "yes"))
    return "required";
  return NULL;
}

static void
read_machine_and_firmware (xmlNode *os, VgDomain *domain)
{
  xmlNode *type = vg_xml_child (os, "type");
  g_autofree char *arch = vg_xml_attribute (type, "arch");
  const char *firmware = find_firmware (os, arch);

  add_owned_trait (domain, "architecture", NULL,
                   filter_known (g_strdup (arch), architectures));
  add_owned_trait (domain, "hw_machine_type", NULL, read_machine (type));
  add_trait (domain, "hw_firmware_type", firmware);
  if (g_strcmp0 (firmware, "uefi") == 0)
    add_owned_trait (domain, "os_secure_boot", "hw_firmware_type",
                     g_strdup (find_secure_boot (os)));
}

/* Devices */

/* The index of the root disk's SCSI controller, "0" if not given. */
static char *
find_controller (xmlNode *devices, const VgDomain *domain)
{
  xmlNode *node = vg_xml_child (devices, "disk");
  char *index = NULL;

  for (; node != NULL && index == NULL; node = vg_xml_next (node))
    if (vg_xml_attribute_is (vg_xml_child (node, "target"), "dev",
                             domain->root->target))
      index = vg_xml_attribute (vg_xml_child (node, "address"), "controller");
  return index != NULL ? index : g_strdup ("0");
}

static char *
read_scsi_model (xmlNode *devices, const VgDomain *domain)
{
  g_autofree char *wanted = find_controller (devices, domain);
  xmlNode *node = vg_xml_child (devices, "controller");

  for (; node != NULL; node = vg_xml_next (node)) {
    g_autofree char *index = vg_xml_attribute (node, "index");
    char *model;

    if (!vg_xml_attribute_is (node, "type", "scsi")
        || !g_str_equal (index ? index : "0", wanted))
      continue;
    model = normalize_virtio (vg_xml_attribute (node, "model"));
    if (g_strcmp0 (model, "virtio") == 0) {
      g_free (model);
      return g_strdup ("virtio-scsi");
    }
    return filter_known (model, scsi_models);
  }
  return NULL;
}

static void
read_disk (xmlNode *devices, VgDomain *domain)
{
  const VgDomainDisk *root = domain->root;

  if (root == NULL || root->bus == NULL)
    return;
  add_owned_trait (domain, "hw_disk_bus", NULL,
                   filter_known (g_strdup (root->bus), disk_buses));
  if (g_str_equal (root->bus, "scsi"))
    add_owned_trait (domain, "hw_scsi_model", "hw_disk_bus",
                     read_scsi_model (devices, domain));
}

/* Only the first network device with a model counts. If Nova doesn't know its
 * model, the property is left out: another device's model would be wrong. */
static void
read_network (xmlNode *devices, VgDomain *domain)
{
  xmlNode *node = vg_xml_child (devices, "interface");

  for (; node != NULL; node = vg_xml_next (node)) {
    char *model = vg_xml_attribute (vg_xml_child (node, "model"), "type");

    if (model == NULL)
      continue;
    add_owned_trait (domain, "hw_vif_model", NULL,
                     filter_known (normalize_virtio (model), vif_models));
    return;
  }
}

static void
read_video (xmlNode *devices, VgDomain *domain)
{
  xmlNode *node = vg_xml_child (devices, "video");
  xmlNode *first = vg_xml_child (node, "model");

  for (; node != NULL; node = vg_xml_next (node))
    if (vg_xml_attribute_is (vg_xml_child (node, "model"), "primary", "yes"))
      first = vg_xml_child (node, "model");
  add_owned_trait (
      domain, "hw_video_model", NULL,
      filter_known (vg_xml_attribute (first, "type"), video_models));
}

/* Only emulated TPMs: a host's own can't be provided elsewhere. */
static void
read_tpm (xmlNode *devices, VgDomain *domain)
{
  xmlNode *tpm = vg_xml_child (devices, "tpm");
  xmlNode *backend = vg_xml_child (tpm, "backend");
  char *version;

  if (!vg_xml_attribute_is (backend, "type", "emulator"))
    return;
  version = filter_known (vg_xml_attribute (backend, "version"), tpm_versions);
  if (version == NULL)
    return;
  add_owned_trait (domain, "hw_tpm_version", NULL, version);
  add_owned_trait (domain, "hw_tpm_model", "hw_tpm_version",
                   filter_known (vg_xml_attribute (tpm, "model"), tpm_models));
}

static void
read_devices (xmlNode *devices, VgDomain *domain)
{
  read_disk (devices, domain);
  read_network (devices, domain);
  read_video (devices, domain);
  add_owned_trait (domain, "hw_rng_model", NULL,
                   filter_known (normalize_virtio (vg_xml_attribute (
                                     vg_xml_child (devices, "rng"), "model")),
                                 rng_models));
  if (domain->has_agent)
    add_trait (domain, "hw_qemu_guest_agent", "yes");
  read_tpm (devices, domain);
}

/* The system */

/* Longer than any version. Glance might refuse longer values. */
#define VERSION_MAX 32

/* "22.04", but not "rolling" or "2k22". */
static gboolean
is_version (const char *text)
{
  return g_ascii_isdigit (*text) && strlen (text) <= VERSION_MAX
         && strspn (text, "0123456789.") == strlen (text);
}

/* id: "http://debian.org/debian/12". */
static void
read_id (const char *id, VgDomain *domain)
{
  g_auto (GStrv) parts = g_strsplit (id, "/", -1);

  if (g_strv_length (parts) < 4)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (systems); i++) {
    if (!g_str_equal (systems[i].id, parts[3]))
      continue;
    add_trait (domain, "os_distro", systems[i].distro);
    if (systems[i].distro != NULL && parts[4] != NULL && is_version (parts[4]))
      add_owned_trait (domain, "os_version", "os_distro", g_strdup (parts[4]));
    add_trait (domain, "os_type", systems[i].type);
    return;
  }
}

static void
read_system (xmlNode *metadata, VgDomain *domain)
{
  xmlNode *info = vg_xml_child_in (metadata, OSINFO_URI, "libosinfo");
  xmlNode *os = vg_xml_child_in (info, OSINFO_URI, "os");
  g_autofree char *id = NULL;

  /* virsh metadata writes it without a namespace. */
  if (os == NULL)
    os = vg_xml_child (info, "os");
  id = vg_xml_attribute (os, "id");
  if (id != NULL)
    read_id (id, domain);
}

void
vg_domain_read_hardware (xmlNode *root, VgDomain *domain)
{
  domain->hardware = g_ptr_array_new_with_free_func (free_trait);
  read_machine_and_firmware (vg_xml_child (root, "os"), domain);
  read_devices (vg_xml_child (root, "devices"), domain);
  read_system (vg_xml_child (root, "metadata"), domain);
}

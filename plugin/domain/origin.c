/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the root disk, and its origin: a Cinder volume, a Glance image, or
 * unknown.
 *
 * The disk's own data (serial, alias, name of its source) take precedence over
 * Nova's metadata, because Nova up to 29 records no volumes there, and the UUID
 * of <nova:root type="volume"> is an image's, never the volume's.
 */
#include "domain/private.h"

#include <string.h>

#include "util/text.h"

/* 1.0, and 1.1 since Nova 23. Nova also added elements without a new
 * version. */
#define NOVA_URI "http://openstack.org/xmlns/libvirt/nova/1."
#define UUID_LENGTH 36

/* Cinder uses this key in its volume types. */
#define STORE_SPEC "image_service:store_id"

/* Takes ownership of text. Returns it in lower case if it is a UUID, else
 * NULL. */
static char *
parse_uuid (char *text)
{
  g_autofree char *owned = text;

  if (text == NULL || !vg_text_is_uuid (text))
    return NULL;
  return g_ascii_strdown (text, -1);
}

/* The UUID in Cinder's "volume-UUID", at the end of the name of an RBD image or
 * file, or within an iSCSI device's: "…:volume-UUID-lun-1". */
static char *
find_volume_name (const char *text)
{
  static const char prefix[] = "volume-";
  const char *place = text == NULL ? NULL : strstr (text, prefix);

  for (; place != NULL; place = strstr (place + 1, prefix)) {
    char *uuid = parse_uuid (g_strndup (place + strlen (prefix), UUID_LENGTH));

    if (uuid != NULL)
      return uuid;
  }
  return NULL;
}

/* The disk's Cinder volume. Sets *from to the attribute that names it, for
 * users. */
static char *
find_volume (const VgDomainDisk *disk, const char **from)
{
  const char *name =
      disk->source->path ? disk->source->path : disk->source->name;
  char *uuid = parse_uuid (g_strdup (disk->serial));

  *from = "the disk's serial";
  if (uuid == NULL && disk->alias != NULL
      && g_str_has_prefix (disk->alias, "ua-")) {
    uuid = parse_uuid (g_strdup (disk->alias + strlen ("ua-")));
    *from = "the disk's alias";
  }
  if (uuid == NULL) {
    uuid = find_volume_name (name);
    *from = "the name of the disk's source";
  }
  if (uuid == NULL)
    *from = NULL;
  return uuid;
}

static gboolean
is_bootable (const VgDomainDisk *disk)
{
  return disk->device == VG_DEVICE_DISK || disk->device == VG_DEVICE_LUN;
}

/* The name that Nova gave the disk: "disk", "disk.swap"; in RBD and LVM without
 * its prefix "UUID_". NULL if its source has no path. Borrowed. */
static const char *
get_nova_name (const VgDomainDisk *disk)
{
  const char *name =
      disk->source->path ? disk->source->path : disk->source->name;
  const char *slash = name == NULL ? NULL : strrchr (name, '/');

  if (slash == NULL)
    return NULL;
  name = slash + 1;
  if (strlen (name) > UUID_LENGTH && name[UUID_LENGTH] == '_')
    name += UUID_LENGTH + 1;
  return name;
}

/* The disks that Nova creates beside an instance's own: "disk.config",
 * "disk.swap", "disk.eph0", "disk.rescue". */
static gboolean
is_companion (const VgDomainDisk *disk)
{
  const char *name = get_nova_name (disk);

  return name != NULL && g_str_has_prefix (name, "disk.");
}

/* The flavor's <swap>, in MiB, tells whether Nova made one at all. */
static void
find_swap (xmlNode *nova, VgDomain *domain)
{
  xmlNode *flavor = vg_xml_child_in (nova, NOVA_URI, "flavor");
  g_autofree char *swap =
      vg_xml_text (vg_xml_child_in (flavor, NOVA_URI, "swap"));

  if (!domain->is_nova || g_strcmp0 (swap, "0") == 0)
    return;
  for (guint i = 0; i < domain->disks->len; i++) {
    VgDomainDisk *disk = domain->disks->pdata[i];

    disk->is_swap = disk != domain->root && is_bootable (disk)
                    && g_strcmp0 (get_nova_name (disk), "disk.swap") == 0;
  }
}

/* Nova takes the first <disk>. In a rescued guest, or one whose root disk is a
 * volume, that may be a companion disk. */
static VgDomainDisk *
find_nova_root (const GPtrArray *disks)
{
  for (guint i = 0; i < disks->len; i++) {
    VgDomainDisk *disk = disks->pdata[i];

    if (is_bootable (disk) && !is_companion (disk))
      return disk;
  }
  return NULL;
}

/* The disk that libvirt boots from: the first in boot order, else the first. */
static VgDomainDisk *
find_boot_disk (const GPtrArray *disks)
{
  VgDomainDisk *best = NULL;

  for (guint i = 0; i < disks->len; i++) {
    VgDomainDisk *disk = disks->pdata[i];

    if (!is_bootable (disk))
      continue;
    if (best == NULL
        || (disk->boot_order > 0
            && (best->boot_order == 0 || disk->boot_order < best->boot_order)))
      best = disk;
  }
  return best;
}

/* Takes ownership of text, the base image's UUID according to from (a text for
 * users). */
static void
set_image (VgDomain *domain, char *text, const char *from)
{
  g_autofree char *owned = text;
  g_autofree char *shown = NULL;

  if (text == NULL)
    return;
  if (vg_text_is_uuid (text)) {
    domain->origin = VG_ORIGIN_IMAGE;
    domain->origin_from = from;
    domain->image_ref = g_ascii_strdown (text, -1);
  } else if (domain->origin_problem == NULL) {
    shown = vg_text_clean (text, 60);
    domain->origin_problem = g_strdup_printf (
        "%s names the base image '%s', which is not a UUID", from, shown);
  }
}

static void
read_nova_origin (xmlNode *nova, VgDomain *domain)
{
  xmlNode *root = vg_xml_child_in (nova, NOVA_URI, "root");
  xmlNode *image = vg_xml_child_in (nova, NOVA_URI, "image");

  if (vg_xml_attribute_is (root, "type", "volume")) {
    if (domain->origin == VG_ORIGIN_UNKNOWN)
      domain->origin_from = "nova:root";
    domain->origin = VG_ORIGIN_VOLUME;
    domain->image_ref = parse_uuid (vg_xml_attribute (root, "uuid"));
    return;
  }
  if (domain->origin == VG_ORIGIN_VOLUME)
    return;
  if (vg_xml_attribute_is (root, "type", "image"))
    set_image (domain, vg_xml_attribute (root, "uuid"), "nova:root");
  if (domain->origin == VG_ORIGIN_UNKNOWN)
    set_image (domain, vg_xml_attribute (image, "uuid"), "nova:image");
}

/* The policy element, written by an operator for a guest that Nova did not
 * create. virsh gives the namespace to the outer element only, so the inner one
 * may have none. */
static void
read_policy (xmlNode *metadata, VgDomain *domain)
{
  xmlNode *policy = vg_domain_find_policy (metadata);
  xmlNode *image = vg_xml_child_in (policy, VG_POLICY_URI, "image");

  if (image == NULL)
    image = vg_xml_child (policy, "image");
  set_image (domain, vg_xml_attribute (image, "uuid"), VG_ORIGIN_FROM_POLICY);
}

static void
free_property (gpointer data)
{
  VgNovaProperty *property = data;

  g_free (property->name);
  g_free (property->value);
  g_free (property);
}

/* Nova writes image properties since version 32. */
static void
read_image_properties (xmlNode *image, VgDomain *domain)
{
  xmlNode *properties = vg_xml_child_in (image, NOVA_URI, "properties");
  xmlNode *node = vg_xml_child_in (properties, NOVA_URI, "property");

  domain->nova_properties = g_ptr_array_new_with_free_func (free_property);
  for (; node != NULL; node = vg_xml_next (node)) {
    g_autofree char *name = vg_xml_attribute (node, "name");
    g_autofree char *value = vg_xml_text (node);
    VgNovaProperty *property;

    if (name == NULL || value == NULL)
      continue;
    if (g_str_equal (name, "os_require_quiesce"))
      domain->require_quiesce = vg_text_is_true (value);
    property = g_new0 (VgNovaProperty, 1);
    property->name = g_steal_pointer (&name);
    property->value = g_steal_pointer (&value);
    g_ptr_array_add (domain->nova_properties, property);
  }
}

/* Nova writes extra specs since version 32. */
static char *
find_extra_spec (xmlNode *flavor, const char *name)
{
  xmlNode *specs = vg_xml_child_in (flavor, NOVA_URI, "extraSpecs");
  xmlNode *spec = vg_xml_child_in (specs, NOVA_URI, "extraSpec");

  for (; spec != NULL; spec = vg_xml_next (spec))
    if (vg_xml_attribute_is (spec, "name", name))
      return vg_xml_text (spec);
  return NULL;
}

static void
read_nova (xmlNode *nova, VgDomain *domain)
{
  xmlNode *owner = vg_xml_child_in (nova, NOVA_URI, "owner");
  xmlNode *project = vg_xml_child_in (owner, NOVA_URI, "project");
  xmlNode *user = vg_xml_child_in (owner, NOVA_URI, "user");
  xmlNode *flavor = vg_xml_child_in (nova, NOVA_URI, "flavor");
  g_autofree char *disk =
      vg_xml_text (vg_xml_child_in (flavor, NOVA_URI, "disk"));

  domain->is_nova = nova != NULL;
  domain->nova_name = vg_xml_text (vg_xml_child_in (nova, NOVA_URI, "name"));
  domain->owner_project = vg_xml_attribute (project, "uuid");
  domain->owner_project_name = vg_xml_text (project);
  domain->owner_user = vg_xml_attribute (user, "uuid");
  domain->owner_user_name = vg_xml_text (user);
  domain->flavor = vg_xml_attribute (flavor, "name");
  read_image_properties (vg_xml_child_in (nova, NOVA_URI, "image"), domain);
  domain->flavor_store = find_extra_spec (flavor, STORE_SPEC);
  if (disk != NULL)
    g_ascii_string_to_unsigned (disk, 10, 0, G_MAXINT32, &domain->flavor_disk,
                                NULL);
}

void
vg_domain_read_origin (xmlNode *metadata, VgDomain *domain)
{
  xmlNode *nova = vg_xml_child_in (metadata, NOVA_URI, "instance");
  const char *root_from = NULL;

  read_nova (nova, domain);
  if (domain->is_nova)
    domain->root = find_nova_root (domain->disks);
  if (domain->root == NULL)
    domain->root = find_boot_disk (domain->disks);
  for (guint i = 0; i < domain->disks->len; i++) {
    VgDomainDisk *disk = domain->disks->pdata[i];
    const char *from;

    disk->volume_id = find_volume (disk, &from);
    if (disk == domain->root)
      root_from = from;
  }

  find_swap (nova, domain);
  if (!domain->is_nova)
    read_policy (metadata, domain);
  if (domain->origin == VG_ORIGIN_UNKNOWN && root_from != NULL) {
    domain->origin = VG_ORIGIN_VOLUME;
    domain->origin_from = root_from;
  }
  if (domain->origin != VG_ORIGIN_IMAGE)
    read_nova_origin (nova, domain);
  if (domain->is_nova && domain->origin == VG_ORIGIN_UNKNOWN)
    read_policy (metadata, domain);
}

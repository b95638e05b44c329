/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses <disk> elements as libvirt does: device, top source with its format,
 * and the chain of <backingStore> elements. Values that libvirt refuses are
 * accepted where nothing depends on them. A source without the attributes that
 * its type needs is an empty drive, as in libvirt. */
#include "domain/private.h"

#include <string.h>

#include "util/text.h"

static const struct {
  const char *name;
  VgDiskDevice device;
} devices_known[] = {
  { "disk", VG_DEVICE_DISK },
  { "lun", VG_DEVICE_LUN },
  { "cdrom", VG_DEVICE_CDROM },
  { "floppy", VG_DEVICE_FLOPPY },
};

typedef struct {
  const char *name;
  VgSourceType type;
  const char *path; /* attribute of <source> that holds the path, or NULL */
} Kind;

static const Kind kinds[] = {
  { "file", VG_SOURCE_FILE, "file" },
  { "block", VG_SOURCE_BLOCK, "dev" },
  { "dir", VG_SOURCE_DIR, "dir" },
  { "network", VG_SOURCE_NETWORK, NULL },
  { "volume", VG_SOURCE_VOLUME, NULL },
  { "nvme", VG_SOURCE_NVME, NULL },
  { "vhostuser", VG_SOURCE_VHOST_USER, "path" },
  { "vhostvdpa", VG_SOURCE_VHOST_VDPA, "dev" },
};

static const Kind other_kind = { NULL, VG_SOURCE_OTHER, NULL };

static const Kind *
find_kind (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].name, name))
      return &kinds[i];
  return &other_kind;
}

/* Brackets around an IPv6 address are optional. */
static char *
strip_brackets (char *name)
{
  gsize length = name == NULL ? 0 : strlen (name);

  if (length > 2 && name[0] == '[' && name[length - 1] == ']') {
    name[length - 1] = '\0';
    memmove (name, name + 1, length - 1);
  }
  return name;
}

static void
read_network (VgSource *source, xmlNode *node)
{
  xmlNode *host;

  source->protocol = vg_xml_attribute (node, "protocol");
  source->name = vg_xml_attribute (node, "name");
  source->tls = vg_xml_attribute_is (node, "tls", "yes");
  source->snapshot = vg_xml_attribute (vg_xml_child (node, "snapshot"), "name");
  source->config_file =
      vg_xml_attribute (vg_xml_child (node, "config"), "file");
  for (host = vg_xml_child (node, "host"); host; host = vg_xml_next (host)) {
    VgSourceHost *added = vg_source_add_host (source);

    added->name = strip_brackets (vg_xml_attribute (host, "name"));
    added->port = vg_xml_attribute (host, "port");
    added->socket = vg_xml_attribute (host, "socket");
  }
}

static void
read_auth (VgSource *source, xmlNode *auth)
{
  xmlNode *secret = vg_xml_child (auth, "secret");

  source->auth_user = vg_xml_attribute (auth, "username");
  source->secret_type = vg_xml_attribute (secret, "type");
  source->secret_uuid = vg_xml_attribute (secret, "uuid");
  source->secret_usage = vg_xml_attribute (secret, "usage");
}

static void
read_encryption (VgSource *source, xmlNode *encryption)
{
  xmlNode *secret = vg_xml_child (encryption, "secret");

  if (encryption == NULL)
    return;
  source->key_uuid = vg_xml_attribute (secret, "uuid");
  source->key_usage = vg_xml_attribute (secret, "usage");
  source->encryption = vg_xml_attribute (encryption, "format");
  if (source->encryption == NULL)
    source->encryption = g_strdup ("default");
}

static gboolean
is_empty (const VgSource *source, const Kind *kind)
{
  if (kind->path != NULL)
    return source->path == NULL;
  switch (kind->type) {
  case VG_SOURCE_NETWORK:
    return source->protocol == NULL;
  case VG_SOURCE_VOLUME:
    return source->pool == NULL || source->volume == NULL;
  default:
    return FALSE;
  }
}

/* Parses one layer. element: <disk> or <backingStore>. Older versions of
 * libvirt have <auth> and <encryption> beside a disk's <source>, newer ones
 * within it. */
static VgSource *
read_layer (xmlNode *element, const char *type, char *format)
{
  const Kind *kind = find_kind (type);
  VgSource *source = vg_source_new (kind->type);
  xmlNode *node = vg_xml_child (element, "source");
  xmlNode *auth = vg_xml_child (node, "auth");
  xmlNode *encryption = vg_xml_child (node, "encryption");

  source->type_name = g_strdup (type);
  source->format = format;
  if (kind->path != NULL)
    source->path = vg_xml_attribute (node, kind->path);
  if (kind->type == VG_SOURCE_NETWORK)
    read_network (source, node);
  if (kind->type == VG_SOURCE_VOLUME) {
    source->pool = vg_xml_attribute (node, "pool");
    source->volume = vg_xml_attribute (node, "volume");
  }
  read_auth (source, auth ? auth : vg_xml_child (element, "auth"));
  read_encryption (source, encryption ? encryption
                                      : vg_xml_child (element, "encryption"));
  source->has_slice =
      vg_xml_child (vg_xml_child (node, "slices"), "slice") != NULL;
  if (node == NULL || is_empty (source, kind))
    source->type = VG_SOURCE_NONE;
  return source;
}

/* Parses the layers below top. A <backingStore> without a type ends the
 * chain. */
static gboolean
read_chain (VgSource *top, xmlNode *disk, GError **error)
{
  VgSource *layer = top;
  xmlNode *node = disk;

  for (guint depth = 1; (node = vg_xml_child (node, "backingStore")); depth++) {
    g_autofree char *type = vg_xml_attribute (node, "type");

    layer->backing_known = TRUE;
    if (type == NULL)
      break;
    if (depth > VG_DOMAIN_CHAIN_MAX) {
      g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
                   "the backing chain at line %ld of the domain XML is deeper "
                   "than the %d layers that libvirt allows",
                   xmlGetLineNo (disk), VG_DOMAIN_CHAIN_MAX);
      return FALSE;
    }
    layer->backing = read_layer (
        node, type, vg_xml_attribute (vg_xml_child (node, "format"), "type"));
    layer = layer->backing;
  }
  return TRUE;
}

static gboolean
read_device (VgDomainDisk *disk, xmlNode *node, GError **error)
{
  g_autofree char *name = vg_xml_attribute (node, "device");
  g_autofree char *shown = NULL;

  if (name == NULL)
    return TRUE; /* VG_DEVICE_DISK, libvirt's default */
  for (gsize i = 0; i < G_N_ELEMENTS (devices_known); i++)
    if (g_str_equal (devices_known[i].name, name)) {
      disk->device = devices_known[i].device;
      return TRUE;
    }
  shown = vg_text_clean (name, 40);
  g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
               "the disk at line %ld of the domain XML is a device of an "
               "unknown kind, '%s'",
               xmlGetLineNo (node), shown);
  return FALSE;
}

static guint
read_number (xmlNode *node, const char *name)
{
  g_autofree char *text = vg_xml_attribute (node, name);
  guint64 number = 0;

  if (text != NULL)
    g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT, &number, NULL);
  return (guint) number;
}

static void
read_facts (VgDomainDisk *disk, xmlNode *node)
{
  disk->bus = vg_xml_attribute (vg_xml_child (node, "target"), "bus");
  disk->readonly = vg_xml_child (node, "readonly") != NULL;
  disk->shareable = vg_xml_child (node, "shareable") != NULL;
  disk->transient = vg_xml_child (node, "transient") != NULL;
  disk->mirrored = vg_xml_child (node, "mirror") != NULL;
  disk->serial = vg_xml_text (vg_xml_child (node, "serial"));
  disk->alias = vg_xml_attribute (vg_xml_child (node, "alias"), "name");
  disk->boot_order = read_number (vg_xml_child (node, "boot"), "order");
}

static gboolean
read_disk (VgDomainDisk *disk, xmlNode *node, GError **error)
{
  g_autofree char *type = vg_xml_attribute (node, "type");

  disk->target = vg_xml_attribute (vg_xml_child (node, "target"), "dev");
  if (disk->target == NULL) {
    g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
                 "the disk at line %ld of the domain XML has no <target dev>",
                 xmlGetLineNo (node));
    return FALSE;
  }
  if (!read_device (disk, node, error))
    return FALSE;
  read_facts (disk, node);
  disk->source =
      read_layer (node, type ? type : "file",
                  vg_xml_attribute (vg_xml_child (node, "driver"), "type"));
  return read_chain (disk->source, node, error);
}

void
vg_domain_disk_free (gpointer data)
{
  VgDomainDisk *disk = data;

  g_free (disk->target);
  g_free (disk->bus);
  vg_source_free (disk->source);
  g_free (disk->serial);
  g_free (disk->alias);
  g_free (disk->volume_id);
  g_free (disk);
}

gboolean
vg_domain_read_disks (xmlNode *devices, GPtrArray *disks, GError **error)
{
  xmlNode *node;

  for (node = vg_xml_child (devices, "disk"); node; node = vg_xml_next (node)) {
    VgDomainDisk *disk = g_new0 (VgDomainDisk, 1);

    g_ptr_array_add (disks, disk);
    if (!read_disk (disk, node, error))
      return FALSE;
  }
  return TRUE;
}

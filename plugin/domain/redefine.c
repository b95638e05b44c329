/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks are made anew from what is known to be harmless in them, whoever is
 * trusted: a source that the definition names is of a host that is gone. */
#include "domain/redefine.h"

#include <string.h>

#include "domain/harmless.h"
#include "domain/xml.h"

static const char *const disk_children[] = {
  "driver",  "target", "boot",     "address",   "alias",
  "serial",  "wwn",    "vendor",   "product",   "geometry",
  "blockio", "iotune", "readonly", "shareable", NULL,
};

static const char *const driver_attributes[] = {
  "cache",         "error_policy", "rerror_policy", "io",           "discard",
  "detect_zeroes", "ioeventfd",    "event_idx",     "copy_on_read", "iothread",
  "queues",        "iommu",        "ats",           "packed",       NULL,
};

static void
keep_attributes (xmlNode *node, const char *const *names)
{
  xmlAttr *next;

  for (xmlAttr *attribute = node->properties; attribute != NULL;
       attribute = next) {
    next = attribute->next;
    if (attribute->ns != NULL
        || !g_strv_contains (names, (const char *) attribute->name))
      xmlRemoveProp (attribute);
  }
}

static void
keep_children (xmlNode *node, const char *const *names)
{
  xmlNode *next;

  for (xmlNode *child = node->children; child != NULL; child = next) {
    next = child->next;
    if (child->type == XML_TEXT_NODE
        || (child->type == XML_ELEMENT_NODE && child->ns == NULL
            && g_strv_contains (names, (const char *) child->name)))
      continue;
    xmlUnlinkNode (child);
    xmlFreeNode (child);
  }
}

static xmlNode *
get_child (xmlNode *node, const char *name)
{
  xmlNode *child = vg_xml_child (node, name);

  return child != NULL ? child : xmlNewChild (node, NULL, BAD_CAST name, NULL);
}

static const VgNewSource *
find_source (const VgRedefinition *wanted, const char *target)
{
  for (guint i = 0; i < wanted->n_sources; i++)
    if (g_strcmp0 (wanted->sources[i].target, target) == 0)
      return &wanted->sources[i];
  return NULL;
}

static void
set_source (xmlNode *disk, const VgNewSource *source)
{
  xmlNode *driver = get_child (disk, "driver");

  xmlSetProp (disk, BAD_CAST "device", BAD_CAST "disk");
  xmlSetProp (driver, BAD_CAST "name", BAD_CAST "qemu");
  xmlSetProp (driver, BAD_CAST "type", BAD_CAST source->format);
  xmlSetProp (get_child (disk, "source"), BAD_CAST "file",
              BAD_CAST source->path);
}

/* FALSE: the disk has no file, and is no drive that can be empty. */
static gboolean
redefine_disk (xmlNode *disk, const VgRedefinition *wanted)
{
  static const char *const device[] = { "device", NULL };
  g_autofree char *target =
      vg_xml_attribute (vg_xml_child (disk, "target"), "dev");
  const VgNewSource *source = find_source (wanted, target);

  if (source == NULL && !vg_xml_attribute_is (disk, "device", "cdrom")
      && !vg_xml_attribute_is (disk, "device", "floppy"))
    return FALSE;
  keep_attributes (disk, device);
  keep_children (disk, disk_children);
  xmlSetProp (disk, BAD_CAST "type", BAD_CAST "file");
  if (vg_xml_child (disk, "driver") != NULL)
    keep_attributes (vg_xml_child (disk, "driver"), driver_attributes);
  if (source != NULL)
    set_source (disk, source);
  return TRUE;
}

/* Notes the medium of a drive, which is taken out. */
static void
note_medium (xmlNode *disk, const VgRedefinition *wanted, GPtrArray *left_out)
{
  g_autofree char *target =
      vg_xml_attribute (vg_xml_child (disk, "target"), "dev");

  if (vg_xml_child (disk, "source") != NULL
      && find_source (wanted, target) == NULL)
    vg_harmless_note (disk, left_out);
}

static void
redefine_disks (xmlNode *devices, const VgRedefinition *wanted,
                GPtrArray *left_out)
{
  xmlNode *next;

  for (xmlNode *disk = vg_xml_child (devices, "disk"); disk != NULL;
       disk = next) {
    next = vg_xml_next (disk);
    note_medium (disk, wanted, left_out);
    if (redefine_disk (disk, wanted))
      continue;
    if (vg_xml_child (disk, "source") == NULL)
      vg_harmless_note (disk, left_out);
    xmlUnlinkNode (disk);
    xmlFreeNode (disk);
  }
}

/* In place of an earlier one. */
static void
set_mark (xmlNode *root, const char *job)
{
  xmlNode *metadata = get_child (root, "metadata"), *mark, *next;

  for (xmlNode *node = metadata->children; node != NULL; node = next) {
    next = node->next;
    if (!vg_xml_is (node, VG_RESTORED_URI, "restored"))
      continue;
    xmlUnlinkNode (node);
    xmlFreeNode (node);
  }
  mark = xmlNewChild (metadata, NULL, BAD_CAST "restored", NULL);
  xmlSetNs (mark, xmlNewNs (mark, BAD_CAST VG_RESTORED_URI, BAD_CAST "vg"));
  xmlSetProp (mark, BAD_CAST "job", BAD_CAST job);
}

char *
vg_redefine (const VgRedefinition *wanted, GPtrArray *left_out, GError **error)
{
  g_autoptr (xmlDoc) document =
      vg_xml_parse (wanted->xml, strlen (wanted->xml), error);
  xmlNode *root = xmlDocGetRootElement (document);

  if (document == NULL)
    return NULL;
  if (!vg_xml_is (root, NULL, "domain")
      || (!wanted->trusted && !vg_harmless_filter (root, left_out))) {
    g_set_error_literal (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
                         "the definition that is kept with the image is of no "
                         "domain of QEMU's");
    return NULL;
  }
  redefine_disks (vg_xml_child (root, "devices"), wanted, left_out);
  if (wanted->name != NULL)
    xmlNodeSetContent (get_child (root, "name"), NULL);
  if (wanted->name != NULL)
    xmlNodeAddContent (get_child (root, "name"), BAD_CAST wanted->name);
  if (wanted->job != NULL)
    set_mark (root, wanted->job);
  return vg_xml_dump (root);
}

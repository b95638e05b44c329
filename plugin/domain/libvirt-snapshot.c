/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses the XML of a libvirt snapshot: the disks in it, how each was saved,
 * and, from the embedded domain XML, in which files. Decides which of them can
 * be read. */
#include "domain/libvirt-snapshot.h"

#include <string.h>

#include "domain/private.h"
#include "util/text.h"

G_DEFINE_QUARK (vg_libvirt_snapshot_error_quark, vg_libvirt_snapshot_error)

#define SHOWN 80 /* maximum characters of a snapshot's name in a message */

static void
free_disk (gpointer data)
{
  VgSavedDisk *disk = data;

  g_free (disk->target);
  g_free (disk->overlay);
  vg_source_free (disk->source);
  g_free (disk);
}

void
vg_libvirt_snapshot_free (VgLibvirtSnapshot *savepoint)
{
  if (savepoint == NULL)
    return;
  g_free (savepoint->name);
  g_ptr_array_unref (savepoint->disks);
  g_free (savepoint);
}

static VgSavedKind
read_kind (xmlNode *node)
{
  if (vg_xml_attribute_is (node, "snapshot", "internal"))
    return VG_SAVED_INTERNAL;
  if (vg_xml_attribute_is (node, "snapshot", "external"))
    return VG_SAVED_EXTERNAL;
  if (vg_xml_attribute_is (node, "snapshot", "manual"))
    return VG_SAVED_MANUAL;
  return VG_SAVED_NOT;
}

/* Removes the source from the disks of the snapshot's domain XML. */
static VgSource *
take_source (GPtrArray *saved_disks, const char *target)
{
  for (guint i = 0; i < saved_disks->len; i++) {
    VgDomainDisk *disk = saved_disks->pdata[i];

    if (disk->source != NULL && g_str_equal (disk->target, target))
      return g_steal_pointer (&disk->source);
  }
  return NULL;
}

static void
read_disk (VgLibvirtSnapshot *savepoint, xmlNode *node, GPtrArray *saved_disks)
{
  xmlNode *source = vg_xml_child (node, "source");
  g_autofree char *target = vg_xml_attribute (node, "name");
  VgSavedDisk *disk;

  if (target == NULL)
    return;
  disk = g_new0 (VgSavedDisk, 1);
  disk->kind = read_kind (node);
  disk->overlay = vg_xml_attribute (source, "file");
  if (disk->overlay == NULL)
    disk->overlay = vg_xml_attribute (source, "dev");
  disk->source = take_source (saved_disks, target);
  disk->target = g_steal_pointer (&target);
  g_ptr_array_add (savepoint->disks, disk);
}

/* The XML of old versions, and of a guest that was shut off, may have no
 * <memory>. */
static gboolean
has_memory (xmlNode *root)
{
  xmlNode *memory = vg_xml_child (root, "memory");
  g_autofree char *state = vg_xml_text (vg_xml_child (root, "state"));

  if (memory != NULL)
    return !vg_xml_attribute_is (memory, "snapshot", "no");
  return g_strcmp0 (state, "running") == 0 || g_strcmp0 (state, "paused") == 0;
}

static gboolean
read_root (VgLibvirtSnapshot *savepoint, xmlNode *root, GError **error)
{
  g_autoptr (GPtrArray) saved_disks =
      g_ptr_array_new_with_free_func (vg_domain_disk_free);
  g_autofree char *created = vg_xml_text (vg_xml_child (root, "creationTime"));
  xmlNode *devices = vg_xml_child (vg_xml_child (root, "domain"), "devices");
  xmlNode *node = vg_xml_child (vg_xml_child (root, "disks"), "disk");

  savepoint->name = vg_xml_text (vg_xml_child (root, "name"));
  if (strcmp ((const char *) root->name, "domainsnapshot") != 0
      || savepoint->name == NULL) {
    g_set_error (error, VG_LIBVIRT_SNAPSHOT_ERROR,
                 VG_LIBVIRT_SNAPSHOT_ERROR_XML,
                 "the XML is not a <domainsnapshot> with a <name>");
    return FALSE;
  }
  savepoint->has_memory = has_memory (root);
  if (created != NULL)
    savepoint->created = g_ascii_strtoll (created, NULL, 10);
  if (!vg_domain_read_disks (devices, saved_disks, error))
    return FALSE;
  for (; node != NULL; node = vg_xml_next (node))
    read_disk (savepoint, node, saved_disks);
  return TRUE;
}

VgLibvirtSnapshot *
vg_libvirt_snapshot_parse (const char *xml, GError **error)
{
  g_autoptr (xmlDoc) document = vg_xml_parse (xml, strlen (xml), error);
  g_autoptr (VgLibvirtSnapshot) savepoint = NULL;

  if (document == NULL)
    return NULL;
  savepoint = g_new0 (VgLibvirtSnapshot, 1);
  savepoint->disks = g_ptr_array_new_with_free_func (free_disk);
  if (!read_root (savepoint, xmlDocGetRootElement (document), error))
    return NULL;
  return g_steal_pointer (&savepoint);
}

/* Readability of saved disks */

static const VgSavedDisk *
find_disk (const VgLibvirtSnapshot *savepoint, const char *target)
{
  for (guint i = 0; i < savepoint->disks->len; i++) {
    const VgSavedDisk *disk = savepoint->disks->pdata[i];

    if (g_str_equal (disk->target, target) && disk->kind != VG_SAVED_NOT)
      return disk;
  }
  return NULL;
}

static gboolean
is_file (const VgSource *source)
{
  return (source->type == VG_SOURCE_FILE || source->type == VG_SOURCE_BLOCK)
         && source->path != NULL && !source->has_slice;
}

/* Internal snapshots depend on the file's format, and a running domain writes
 * to the file. */
static char *
refuse_internal (const VgSavedDisk *saved, const VgDomainDisk *disk,
                 gboolean active)
{
  const VgSource *source = disk->source;

  if (active)
    return g_strdup_printf (
        "the state of disk %s is inside the file that the running domain "
        "writes to; shut the domain off first",
        disk->target);
  if (!is_file (source) || g_strcmp0 (source->format, "qcow2") != 0)
    return g_strdup_printf (
        "the state of disk %s is inside a disk of format '%s' and type '%s'; "
        "only internal snapshots of qcow2 files can be read",
        disk->target, source->format ? source->format : "raw",
        source->type_name ? source->type_name : "unknown");
  if (saved->source == NULL
      || g_strcmp0 (saved->source->path, source->path) != 0)
    return g_strdup_printf ("the state of disk %s is inside %s, but the "
                            "domain's disk is now another file, %s",
                            disk->target,
                            saved->source && saved->source->path
                                ? saved->source->path
                                : "an unknown file",
                            source->path);
  return NULL;
}

/* Files below the domain's own overlay can be read by other processes too.
 * Anything but a file, such as an RBD image, only the hypervisor can read. */
static char *
refuse_external (const VgSavedDisk *saved, const VgDomainDisk *disk)
{
  g_autofree char *where = NULL;
  const VgSource *source;

  if (saved->overlay == NULL)
    return g_strdup_printf (
        "the guest has since written disk %s to something other than a file, "
        "so the state below it can't be read",
        disk->target);
  if (saved->source == NULL || !is_file (saved->source))
    source = saved->source;
  else
    for (source = disk->source; source != NULL && is_file (source);)
      source = source->backing;
  if (source == NULL && saved->source != NULL)
    return NULL;
  where = source != NULL ? vg_source_describe (source)
                         : g_strdup ("an unknown place");
  return g_strdup_printf ("the state of disk %s is in %s, which is not a file "
                          "of this host, so only the hypervisor can read it",
                          disk->target, where);
}

static char *
refuse_saved_disk (const VgLibvirtSnapshot *savepoint, const VgSavedDisk *saved,
                   const VgDomainDisk *disk, gboolean active)
{
  if (savepoint->has_memory)
    return g_strdup (
        "it includes the memory of the running guest, which an image can't "
        "hold and without which its disks are incomplete; take one with 'virsh "
        "snapshot-create-as --disk-only'");
  if (saved == NULL)
    return g_strdup_printf ("it has no state of disk %s", disk->target);
  if (vg_source_find_encrypted (disk->source) != NULL
      || vg_source_find_encrypted (saved->source) != NULL)
    return g_strdup_printf ("disk %s is encrypted; only the present state of "
                            "encrypted disks can be read",
                            disk->target);
  switch (saved->kind) {
  case VG_SAVED_INTERNAL:
    return refuse_internal (saved, disk, active);
  case VG_SAVED_EXTERNAL:
    return refuse_external (saved, disk);
  default:
    return g_strdup_printf ("the state of disk %s is not kept by libvirt",
                            disk->target);
  }
}

const VgSavedDisk *
vg_libvirt_snapshot_get_disk (const VgLibvirtSnapshot *savepoint,
                              const VgDomain *domain, const VgDomainDisk *disk,
                              gboolean active, GError **error)
{
  const VgSavedDisk *saved = find_disk (savepoint, disk->target);
  g_autofree char *why = refuse_saved_disk (savepoint, saved, disk, active);
  g_autofree char *shown = vg_text_clean (savepoint->name, SHOWN);

  if (why == NULL)
    return saved;
  g_set_error (error, VG_LIBVIRT_SNAPSHOT_ERROR,
               VG_LIBVIRT_SNAPSHOT_ERROR_REFUSED,
               "snapshot '%s' of domain %s can't be exported: %s", shown,
               domain->name, why);
  return NULL;
}

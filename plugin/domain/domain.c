/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses a domain's XML: its name and general facts here, the disks in disks.c,
 * the root disk and its origin in origin.c. */
#include "domain/private.h"

#include <string.h>

#include "util/text.h"

#define AGENT_CHANNEL "org.qemu.guest_agent.0"
#define DISKS_SHOWN 16 /* in messages */

static gboolean
read_name (xmlNode *root, VgDomain *domain, GError **error)
{
  domain->name = vg_xml_text (vg_xml_child (root, "name"));
  if (domain->name == NULL) {
    g_set_error_literal (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
                         "the domain XML has no <name>");
    return FALSE;
  }
  if (strchr (domain->name, '\n') != NULL) {
    g_set_error_literal (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
                         "the domain XML's <name> has a line break in it, "
                         "which libvirt does not allow");
    return FALSE;
  }
  return TRUE;
}

/* libvirt ignores dashes in a UUID on input, and writes them as here. */
static gboolean
read_uuid (xmlNode *root, VgDomain *domain, GError **error)
{
  g_autofree char *text = vg_xml_text (vg_xml_child (root, "uuid"));
  g_autofree char *shown = NULL;
  GString *uuid;

  if (text == NULL)
    return TRUE;
  uuid = g_string_new (NULL);
  for (const char *c = g_strstrip (text); *c != '\0'; c++) {
    if (*c == '-')
      continue;
    if (uuid->len == 8 || uuid->len == 13 || uuid->len == 18 || uuid->len == 23)
      g_string_append_c (uuid, '-');
    g_string_append_c (uuid, g_ascii_tolower (*c));
  }
  domain->uuid = g_string_free (uuid, FALSE);
  if (vg_text_is_uuid (domain->uuid))
    return TRUE;
  shown = vg_text_clean (text, 60);
  g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
               "the <uuid> of the domain XML is not a UUID: '%s'", shown);
  return FALSE;
}

static void
read_agent (xmlNode *devices, VgDomain *domain)
{
  xmlNode *node = vg_xml_child (devices, "channel");

  for (; node != NULL; node = vg_xml_next (node)) {
    xmlNode *target = vg_xml_child (node, "target");

    if (!vg_xml_attribute_is (target, "name", AGENT_CHANNEL))
      continue;
    domain->has_agent = TRUE;
    domain->agent_connected =
        vg_xml_attribute_is (target, "state", "connected");
  }
}

/* A <seclabel> without <label> is not in force, e.g. while the domain is shut
 * off. */
static void
read_labels (xmlNode *root, VgDomain *domain)
{
  xmlNode *node = vg_xml_child (root, "seclabel");

  for (; node != NULL; node = vg_xml_next (node)) {
    xmlNode *label = vg_xml_child (node, "label");
    gboolean is_dac = vg_xml_attribute_is (node, "model", "dac");

    if (label != NULL && is_dac && domain->dac_label == NULL)
      domain->dac_label = vg_xml_text (label);
    else if (label != NULL && !is_dac && domain->confined_by == NULL)
      domain->confined_by = vg_xml_attribute (node, "model");
  }
}

/* Firmware has no NVRAM if it is a BIOS, or is declared stateless. */
static gboolean
has_nvram (xmlNode *os)
{
  xmlNode *loader = vg_xml_child (os, "loader");

  if (vg_xml_attribute_is (loader, "stateless", "yes"))
    return FALSE;
  return vg_xml_child (os, "nvram") != NULL
         || vg_xml_attribute_is (os, "firmware", "efi")
         || vg_xml_attribute_is (loader, "type", "pflash");
}

static void
read_kept (xmlNode *root, VgDomain *domain)
{
  GPtrArray *words = g_ptr_array_new ();

  if (has_nvram (vg_xml_child (root, "os")))
    g_ptr_array_add (words, g_strdup ("nvram"));
  if (vg_xml_child (vg_xml_child (root, "devices"), "tpm") != NULL)
    g_ptr_array_add (words, g_strdup ("tpm"));
  g_ptr_array_add (words, NULL);
  domain->not_contained = (char **) g_ptr_array_free (words, FALSE);
}

void
vg_domain_set_saved (VgDomain *domain)
{
  guint n = g_strv_length (domain->not_contained);

  domain->not_contained = g_renew (char *, domain->not_contained, n + 2);
  domain->not_contained[n] = g_strdup ("memory");
  domain->not_contained[n + 1] = NULL;
}

char *
vg_domain_describe_kept (char **words)
{
  GString *text = g_string_new (NULL);

  for (; words != NULL && *words != NULL; words++)
    g_string_append_printf (
        text, "%s%s", text->len > 0 ? " and " : "",
        strcmp (*words, "nvram") == 0    ? "the firmware's variables (NVRAM)"
        : strcmp (*words, "tpm") == 0    ? "the state of the TPM"
        : strcmp (*words, "memory") == 0 ? "the saved memory"
                                         : *words);
  return g_string_free (text, text->len == 0);
}

static gboolean
check_root (xmlNode *root, GError **error)
{
  g_autofree char *shown = vg_text_clean ((const char *) root->name, 40);
  g_autofree char *uri = NULL;

  if (vg_xml_is (root, NULL, "domain"))
    return TRUE;
  if (root->ns == NULL) {
    g_set_error (
        error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
        "this is not a domain XML: the root element is <%s>, not <domain>",
        shown);
    return FALSE;
  }
  uri = vg_text_clean ((const char *) root->ns->href, 80);
  g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
               "this is not a domain XML: the root element <%s> is in the "
               "namespace '%s'; libvirt's <domain> has none",
               shown, uri);
  return FALSE;
}

static gboolean
read_domain (xmlNode *root, VgDomain *domain, GError **error)
{
  xmlNode *devices = vg_xml_child (root, "devices");

  if (!check_root (root, error))
    return FALSE;
  if (!read_name (root, domain, error) || !read_uuid (root, domain, error))
    return FALSE;
  domain->type = vg_xml_attribute (root, "type");
  read_agent (devices, domain);
  read_labels (root, domain);
  if (!vg_domain_read_disks (devices, domain->disks, error))
    return FALSE;
  vg_domain_read_origin (vg_xml_child (root, "metadata"), domain);
  vg_domain_read_hardware (root, domain);
  read_kept (root, domain);
  vg_domain_read_policy (vg_xml_child (root, "metadata"), domain);
  return TRUE;
}

VgDomain *
vg_domain_parse (const char *xml, gssize length, GError **error)
{
  g_autoptr (VgDomain) domain = NULL;
  g_autoptr (xmlDoc) document = NULL;

  document =
      vg_xml_parse (xml, length < 0 ? strlen (xml) : (gsize) length, error);
  if (document == NULL)
    return NULL;
  domain = g_new0 (VgDomain, 1);
  domain->disks = g_ptr_array_new_with_free_func (vg_domain_disk_free);
  if (!read_domain (xmlDocGetRootElement (document), domain, error))
    return NULL;
  return g_steal_pointer (&domain);
}

void
vg_domain_free (VgDomain *domain)
{
  if (domain == NULL)
    return;
  g_free (domain->name);
  g_free (domain->uuid);
  g_free (domain->type);
  g_ptr_array_unref (domain->disks);
  g_free (domain->image_ref);
  g_free (domain->origin_problem);
  g_free (domain->nova_name);
  g_free (domain->owner_project);
  g_free (domain->owner_project_name);
  g_free (domain->owner_user);
  g_free (domain->owner_user_name);
  g_free (domain->flavor);
  g_free (domain->flavor_store);
  g_clear_pointer (&domain->nova_properties, g_ptr_array_unref);
  g_free (domain->dac_label);
  g_free (domain->confined_by);
  g_strfreev (domain->not_contained);
  g_clear_pointer (&domain->hardware, g_ptr_array_unref);
  g_free (domain->policy);
  g_strfreev (domain->strays);
  g_free (domain);
}

/* "vda, hdc (cdrom)": the domain's disks, at most DISKS_SHOWN. */
static char *
list_disks (const VgDomain *domain)
{
  static const char *const kinds[] = {
    [VG_DEVICE_DISK] = "",
    [VG_DEVICE_LUN] = " (lun)",
    [VG_DEVICE_CDROM] = " (cdrom)",
    [VG_DEVICE_FLOPPY] = " (floppy)",
  };
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < MIN (domain->disks->len, DISKS_SHOWN); i++) {
    const VgDomainDisk *disk = domain->disks->pdata[i];
    g_autofree char *target = vg_text_clean (disk->target, 40);

    g_string_append_printf (list, "%s%s%s", i > 0 ? ", " : "", target,
                            kinds[disk->device]);
  }
  if (list->len == 0)
    g_string_append (list, "none at all");
  if (domain->disks->len > DISKS_SHOWN)
    g_string_append_printf (list, " and %u more",
                            domain->disks->len - DISKS_SHOWN);
  return g_string_free (list, FALSE);
}

VgDomainDisk *
vg_domain_find_disk (const VgDomain *domain, const char *name, GError **error)
{
  g_autofree char *list = NULL;
  g_autofree char *shown = NULL;
  g_autofree char *wanted = NULL;

  for (guint i = 0; i < domain->disks->len; i++) {
    VgDomainDisk *disk = domain->disks->pdata[i];

    if (g_strcmp0 (disk->target, name) == 0)
      return disk;
  }
  for (guint i = 0; i < domain->disks->len; i++) {
    VgDomainDisk *disk = domain->disks->pdata[i];

    if (g_strcmp0 (disk->source->path, name) == 0)
      return disk;
  }
  list = list_disks (domain);
  shown = vg_text_clean (domain->name, 80);
  wanted = vg_text_clean (name, 80);
  g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_UNKNOWN_DISK,
               "domain '%s' has no disk '%s'; its disks: %s", shown, wanted,
               list);
  return NULL;
}

VgDomainDisk *
vg_domain_get_root (const VgDomain *domain, GError **error)
{
  g_autofree char *list = NULL;
  g_autofree char *shown = NULL;

  if (domain->root != NULL)
    return domain->root;
  list = list_disks (domain);
  shown = vg_text_clean (domain->name, 80);
  if (domain->disks->len == 0)
    g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_NO_DISK,
                 "domain '%s' has no disk to snapshot: it has no disks", shown);
  else
    g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_NO_DISK,
                 "domain '%s' has no disk to snapshot, only removable media: "
                 "%s",
                 shown, list);
  return NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes out of a definition what others than the host's administrator must not
 * read. libvirt leaves passwords and cookies out itself, unless it is asked for
 * them; that is not relied on. */
#include "domain/definition.h"

#include <string.h>

#include "domain/xml.h"

#define QEMU_URI "http://libvirt.org/schemas/domain/qemu/1.0"
#define DEPTH_MAX 256 /* libxml2's own limit */

/* Attributes, of whatever element. */
static const char *const secret_attributes[] = { "passwd", "passwdValidTo",
                                                 "password" };

/* Elements: in which one they are (NULL: anywhere), their name, and the
 * beginning of their namespace's URI (NULL: none). */
static const struct {
  const char *parent;
  const char *name;
  const char *uri;
} secret_elements[] = {
  { NULL, "cookies", NULL },
  /* Ignition and cloud-init get keys and passwords by these. */
  { "sysinfo", "oemStrings", NULL },
  { "domain", "commandline", QEMU_URI },
  /* Of the host's processor, and of this start. */
  { "launchSecurity", "session", NULL },
  { "launchSecurity", "dhCert", NULL },
};

/* Of requests and answers in the metadata, which are for once. */
static const char *const passing_uris[] = { "urn:virt-glance:request",
                                            "urn:virt-glance:status" };

static gboolean
is_secret (xmlNode *node)
{
  const char *parent = (const char *) node->parent->name;

  for (gsize i = 0; i < G_N_ELEMENTS (secret_elements); i++)
    if ((secret_elements[i].parent == NULL
         || g_strcmp0 (parent, secret_elements[i].parent) == 0)
        && vg_xml_is (node, secret_elements[i].uri, secret_elements[i].name))
      return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (passing_uris); i++)
    if (node->ns != NULL
        && g_strcmp0 ((const char *) node->ns->href, passing_uris[i]) == 0)
      return TRUE;
  return vg_xml_is (node, NULL, "sysinfo")
         && vg_xml_attribute_is (node, "type", "fwcfg");
}

static void
clean_element (xmlNode *element, guint depth)
{
  xmlNode *next;

  for (gsize i = 0; i < G_N_ELEMENTS (secret_attributes); i++)
    xmlUnsetProp (element, BAD_CAST secret_attributes[i]);
  for (xmlNode *node = element->children; node != NULL; node = next) {
    next = node->next;
    if (node->type == XML_ELEMENT_NODE && depth < DEPTH_MAX
        && !is_secret (node)) {
      clean_element (node, depth + 1);
    } else if (node->type != XML_TEXT_NODE) {
      xmlUnlinkNode (node);
      xmlFreeNode (node);
    }
  }
}

char *
vg_definition_clean (const char *xml, GError **error)
{
  g_autoptr (xmlDoc) document = vg_xml_parse (xml, strlen (xml), error);

  if (document == NULL)
    return NULL;
  clean_element (xmlDocGetRootElement (document), 0);
  return vg_xml_dump (xmlDocGetRootElement (document));
}

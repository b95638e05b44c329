/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The removed element is kept in a <disk> that has only its source, its chain
 * and its target. The chain is put back behind the source, where libvirt writes
 * it.
 */
#include "domain/backing-store.h"

#include <string.h>

#include "domain/xml.h"
#include "util/text.h"

#define MAX_SHOWN 80

static xmlNode *
find_disk (xmlDoc *document, const char *target)
{
  xmlNode *devices = vg_xml_child (xmlDocGetRootElement (document), "devices");

  for (xmlNode *disk = vg_xml_child (devices, "disk"); disk != NULL;
       disk = vg_xml_next (disk))
    if (vg_xml_attribute_is (vg_xml_child (disk, "target"), "dev", target))
      return disk;
  return NULL;
}

static gboolean
has_cookies (xmlNode *node)
{
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    if (vg_xml_is (child, NULL, "cookies")
        || (child->type == XML_ELEMENT_NODE && has_cookies (child)))
      return TRUE;
  return FALSE;
}

/* libvirt's indentation, or NULL. */
static xmlNode *
find_indentation (xmlNode *node)
{
  xmlNode *before = node->prev;

  return before != NULL && xmlIsBlankNode (before) ? before : NULL;
}

static char *
keep (xmlNode *disk)
{
  g_autoptr (xmlDoc) document = xmlNewDoc (BAD_CAST "1.0");
  xmlNode *kept = xmlNewDocNode (document, NULL, BAD_CAST "disk", NULL);
  static const char *const names[] = { "source", "backingStore", "target" };

  xmlDocSetRootElement (document, kept);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    xmlNode *child = vg_xml_child (disk, names[i]);

    if (child != NULL)
      xmlAddChild (kept, xmlDocCopyNode (child, document, 1));
  }
  return vg_xml_dump (kept);
}

static void
drop (xmlNode *node)
{
  xmlUnlinkNode (node);
  xmlFreeNode (node);
}

static gboolean
throw_disk (GError **error, const char *target, const char *why)
{
  g_autofree char *shown = vg_text_clean (target, MAX_SHOWN);

  g_set_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML,
               "the backing chain of disk %s can't be taken out of the "
               "definition: %s",
               shown, why);
  return FALSE;
}

gboolean
vg_backing_store_remove (const char *definition, const char *target,
                         char **changed, char **removed, GError **error)
{
  g_autoptr (xmlDoc) document =
      vg_xml_parse (definition, strlen (definition), error);
  xmlNode *disk, *chain, *indentation;

  *changed = *removed = NULL;
  if (document == NULL)
    return FALSE;
  disk = find_disk (document, target);
  if (disk == NULL)
    return throw_disk (error, target, "the domain has no such disk");
  chain = vg_xml_child (disk, "backingStore");
  if (chain == NULL || !xmlHasProp (chain, BAD_CAST "type"))
    return TRUE;
  if (has_cookies (disk))
    return throw_disk (error, target,
                       "it has cookies, which are kept in no journal; remove "
                       "its <backingStore> with 'virsh edit'");
  *removed = keep (disk);
  indentation = find_indentation (chain);
  if (indentation != NULL)
    drop (indentation);
  drop (chain);
  *changed = vg_xml_dump (xmlDocGetRootElement (document));
  return TRUE;
}

static gboolean
is_same (xmlNode *a, xmlNode *b)
{
  g_autofree char *first = vg_xml_dump (a), *second = vg_xml_dump (b);

  return g_strcmp0 (first, second) == 0;
}

static void
insert_chain (xmlNode *source, xmlNode *chain)
{
  xmlNode *indentation = find_indentation (source);
  xmlNode *copy = xmlDocCopyNode (chain, source->doc, 1);

  xmlAddNextSibling (source, copy);
  if (indentation != NULL)
    xmlAddNextSibling (source, xmlDocCopyNode (indentation, source->doc, 1));
}

gboolean
vg_backing_store_put_back (const char *definition, const char *removed,
                           char **changed, GError **error)
{
  g_autoptr (xmlDoc) document =
      vg_xml_parse (definition, strlen (definition), error);
  g_autoptr (xmlDoc) kept =
      document != NULL ? vg_xml_parse (removed, strlen (removed), error) : NULL;
  g_autofree char *target = NULL;
  xmlNode *old, *disk, *source;

  *changed = NULL;
  if (kept == NULL)
    return FALSE;
  old = xmlDocGetRootElement (kept);
  target = vg_xml_attribute (vg_xml_child (old, "target"), "dev");
  disk = target != NULL ? find_disk (document, target) : NULL;
  source = vg_xml_child (disk, "source");
  if (source == NULL || vg_xml_child (disk, "backingStore") != NULL
      || vg_xml_child (old, "backingStore") == NULL
      || !is_same (source, vg_xml_child (old, "source")))
    return TRUE;
  insert_chain (source, vg_xml_child (old, "backingStore"));
  *changed = vg_xml_dump (xmlDocGetRootElement (document));
  return TRUE;
}

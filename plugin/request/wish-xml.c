/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wishes as XML elements. */
#include "request/wish-xml.h"

#include <string.h>

#include "domain/xml.h"
#include "util/text.h"

#define SHOWN 40 /* characters of untrusted input quoted in a message */

gboolean
vg_wish_check_empty (xmlNode *node, GError **error)
{
  for (xmlNode *child = node->children; child != NULL; child = child->next) {
    g_autofree char *shown = NULL;

    if (child->type == XML_COMMENT_NODE || xmlIsBlankNode (child))
      continue;
    shown = vg_text_clean (child->type == XML_ELEMENT_NODE
                               ? (const char *) child->name
                               : (const char *) child->content,
                           SHOWN);
    g_set_error (error, VG_POLICY_ERROR, VG_POLICY_ERROR_SYNTAX,
                 "it must be empty, but has '%s' in it", shown);
    return FALSE;
  }
  return TRUE;
}

gboolean
vg_wish_set_attributes (VgWish *wish, VgWords words, xmlNode *node,
                        const char *skip, GError **error)
{
  for (xmlAttr *a = node->properties; a != NULL; a = a->next) {
    const char *name = (const char *) a->name;
    g_autofree char *value = NULL;

    if (a->ns == NULL && g_strcmp0 (name, skip) == 0)
      continue;
    value = vg_xml_attribute (node, name);
    if (!vg_wish_set (wish, words, name, value != NULL ? value : "", error))
      return FALSE;
  }
  return vg_wish_check (wish, words, error)
         && vg_wish_check_empty (node, error);
}

VgWish *
vg_wish_parse (const char *xml, GError **error)
{
  g_autoptr (xmlDoc) document = vg_xml_parse (xml, strlen (xml), error);
  g_autoptr (VgWish) wish = NULL;
  g_autofree char *shown = NULL;
  VgWords words = VG_WORDS_SNAPSHOT;
  xmlNode *root;

  if (document == NULL)
    return NULL;
  root = xmlDocGetRootElement (document);
  shown = vg_text_clean ((const char *) root->name, SHOWN);
  if (strcmp ((const char *) root->name, "backup") == 0) {
    words = VG_WORDS_BACKUP;
  } else if (strcmp ((const char *) root->name, "snapshot") != 0) {
    g_set_error (error, VG_POLICY_ERROR, VG_POLICY_ERROR_SYNTAX,
                 "the request is <%s>, which is not known; there are "
                 "<snapshot> and <backup>",
                 shown);
    return NULL;
  }
  wish = vg_wish_new (words);
  if (!vg_wish_set_attributes (wish, words, root, NULL, error)) {
    g_prefix_error (error, "the request <%s>: ", shown);
    return NULL;
  }
  return g_steal_pointer (&wish);
}

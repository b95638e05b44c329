/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests as XML elements. */
#include "request/node.h"

#include "request/error.h"
#include "request/rules.h"
#include "request/set.h"
#include "util/text.h"

#define SHOWN 40 /* characters of untrusted input quoted in a message */

gboolean
vg_request_check_empty (xmlNode *node, GError **error)
{
  for (xmlNode *child = node->children; child != NULL; child = child->next) {
    g_autofree char *shown = NULL;

    if (child->type == XML_COMMENT_NODE || xmlIsBlankNode (child))
      continue;
    shown = vg_text_clean (child->type == XML_ELEMENT_NODE
                               ? (const char *) child->name
                               : (const char *) child->content,
                           SHOWN);
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX,
                 "it must be empty, but has '%s' in it", shown);
    return FALSE;
  }
  return TRUE;
}

VgRequest *
vg_request_read_node (xmlNode *node, VgRequestPlace place, const char *skip,
                      GError **error)
{
  g_autoptr (VgRequest) request = vg_request_new_at (place);

  for (xmlAttr *a = node->properties; a != NULL; a = a->next) {
    const char *name = (const char *) a->name;
    g_autofree char *value = NULL;

    if (a->ns == NULL && g_strcmp0 (name, skip) == 0)
      continue;
    value = vg_xml_attribute (node, name);
    if (!vg_request_set (request, place, name, value != NULL ? value : "",
                         error))
      return NULL;
  }
  if (!vg_request_check_empty (node, error)
      || !vg_request_check (request, place, NULL, error))
    return NULL;
  return g_steal_pointer (&request);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests as XML elements. */
#include "request/node.h"

#include <string.h>

#include "request/error.h"
#include "request/rules.h"
#include "request/set.h"
#include "util/text.h"

#define SHOWN 40 /* characters of untrusted input quoted in a message */

#define URI_PREFIX "urn:virt-glance:"

/* what: untrusted input. */
static gboolean throw (GError * *error, const char *before, const char *what,
                       const char *after)
{
  g_autofree char *shown = vg_text_clean (what, SHOWN);

  g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX, "%s'%s'%s",
               before, shown, after);
  return FALSE;
}

/* Neither white space nor a comment. */
static gboolean
has_content (xmlNode *node)
{
  return node->type != XML_COMMENT_NODE && !xmlIsBlankNode (node);
}

static const char *
get_content (const xmlNode *node)
{
  return (const char *) (node->type == XML_ELEMENT_NODE ? node->name
                                                        : node->content);
}

gboolean
vg_request_check_empty (xmlNode *node, GError **error)
{
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    if (has_content (child))
      return throw (error, "it must be empty, but has ", get_content (child),
                    " in it");
  return TRUE;
}

/* Children */

static gboolean
check_text (xmlNode *node, GError **error)
{
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE)
      return throw (error, "it must have text alone, but has ",
                    (const char *) child->name, " in it");
  return TRUE;
}

/* The text without surrounding white space; of a pair, the text after "NAME=".
 * NULL if malformed. Free with g_free(). */
static char *
read_value (xmlNode *node, const VgRequestOption *option, GError **error)
{
  gboolean is_pair = option->kind == VG_OPTION_PAIRS;
  g_autofree char *name = is_pair ? vg_xml_attribute (node, "name") : NULL;
  g_autofree char *text = vg_xml_text (node);
  const char *value = text != NULL ? g_strstrip (text) : "";

  for (xmlAttr *a = node->properties; a != NULL; a = a->next)
    if (!is_pair || g_strcmp0 ((const char *) a->name, "name") != 0) {
      throw (error, "", (const char *) a->name, " is not known");
      return NULL;
    }
  if (!check_text (node, error))
    return NULL;
  if (!is_pair)
    return g_strdup (value);
  if (name == NULL || strchr (name, '=') != NULL) {
    g_set_error_literal (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX,
                         "its attribute 'name' must be a key without \"=\"");
    return NULL;
  }
  return g_strconcat (name, "=", value, NULL);
}

/* In the namespace of a request or policy, or in none: virsh leaves it out. */
static gboolean
is_ours (xmlNode *node)
{
  return node->ns == NULL || node->ns->href == NULL
         || g_str_has_prefix ((const char *) node->ns->href, URI_PREFIX);
}

static gboolean
add_child (VgRequest *request, VgRequestPlace place, xmlNode *node,
           GError **error)
{
  const char *name = (const char *) node->name;
  const VgRequestOption *option;
  g_autofree char *value = NULL;

  if (node->type != XML_ELEMENT_NODE)
    return throw (error, "there may be elements in it, but no text ",
                  (const char *) node->content, "");
  if (!is_ours (node))
    return throw (error, "", name, " in it is in another namespace");
  option = vg_request_option_find_child (place, name, error);
  if (option == NULL)
    return FALSE;
  value = read_value (node, option, error);
  if (value != NULL)
    return vg_request_add (request, place, name, value, error);
  g_prefix_error (error, "<%s>: ", name);
  return FALSE;
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
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    if (has_content (child) && !add_child (request, place, child, error))
      return NULL;
  if (!vg_request_check (request, place, NULL, error))
    return NULL;
  return g_steal_pointer (&request);
}

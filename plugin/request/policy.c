/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The policy element of a domain; it takes precedence over the files. virsh
 * sets the namespace of the outer element only, so the inner ones may have
 * none.
 */
#include "request/policy.h"

#include <string.h>

#include "request/error.h"
#include "request/node.h"
#include "request/policy-files.h"
#include "util/text.h"

#define SHOWN 40

/* A search in a policy element. */
typedef struct {
  VgEvent event;
  guint seen;         /* a bit for each event that has an <on> */
  VgRequest *request; /* for event, or NULL */
} Search;

/* Reads one <on>. Keeps its request if its event is the one searched for. */
static gboolean
read_on (xmlNode *node, Search *search, GError **error)
{
  g_autofree char *name = vg_xml_attribute (node, "event");
  g_autoptr (VgRequest) request = NULL;
  VgEvent event;

  if (!vg_event_parse (name, &event, error))
    return FALSE;
  request =
      vg_request_read_node (node, vg_event_get_place (event), "event", error);
  if (request == NULL)
    return FALSE;
  if (search->seen & (1u << event)) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX,
                 "there are two <on> elements for the event '%s'", name);
    return FALSE;
  }
  search->seen |= 1u << event;
  if (event == search->event)
    search->request = g_steal_pointer (&request);
  return TRUE;
}

/* Only checks the element; the code for the domain's origin uses it. */
static gboolean
check_image (xmlNode *node, GError **error)
{
  for (xmlAttr *a = node->properties; a != NULL; a = a->next) {
    g_autofree char *shown = vg_text_clean ((const char *) a->name, SHOWN);

    if (strcmp ((const char *) a->name, "uuid") == 0)
      continue;
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX,
                 "unknown attribute '%s'; the only one is uuid", shown);
    return FALSE;
  }
  return vg_request_check_empty (node, error);
}

static gboolean
is_ours (xmlNode *node)
{
  return node->ns == NULL || node->ns->href == NULL
         || strcmp ((const char *) node->ns->href, VG_POLICY_URI) == 0;
}

static gboolean
read_child (xmlNode *node, Search *search, GError **error)
{
  g_autofree char *shown = vg_text_clean ((const char *) node->name, SHOWN);
  const char *name = (const char *) node->name;
  gboolean ok;

  if (is_ours (node) && strcmp (name, "on") == 0) {
    ok = read_on (node, search, error);
  } else if (is_ours (node) && strcmp (name, "image") == 0) {
    ok = check_image (node, error);
  } else {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX,
                 "the policy element has an unknown element <%s>; it may have "
                 "<image> and <on>",
                 shown);
    return FALSE;
  }
  if (!ok)
    g_prefix_error (error, "the policy element's <%s>: ", shown);
  return ok;
}

static gboolean
read_element (const char *xml, Search *search, GError **error)
{
  g_autoptr (xmlDoc) document = vg_xml_parse (xml, strlen (xml), error);
  xmlNode *policy = document != NULL ? xmlDocGetRootElement (document) : NULL;

  if (policy == NULL)
    return FALSE;
  for (xmlNode *node = policy->children; node != NULL; node = node->next)
    if (node->type == XML_ELEMENT_NODE && !read_child (node, search, error))
      return FALSE;
  return TRUE;
}

gboolean
vg_policy_find_with_place (const VgDomain *domain, VgEvent event,
                           const char *folder, VgRequest **request, char **from,
                           GError **error)
{
  Search search = { .event = event };

  *request = NULL;
  *from = NULL;
  if (domain->policy != NULL
      && !read_element (domain->policy, &search, error)) {
    vg_request_free (search.request);
    return FALSE;
  }
  if (search.request == NULL)
    return vg_policy_find_in_files (domain, event, folder, request, from,
                                    error);
  *request = search.request;
  *from = g_strdup (VG_POLICY_FROM_METADATA);
  return TRUE;
}

gboolean
vg_policy_find (const VgDomain *domain, VgEvent event, const char *folder,
                VgRequest **request, GError **error)
{
  g_autofree char *from = NULL;

  return vg_policy_find_with_place (domain, event, folder, request, &from,
                                    error);
}

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
  const char *type;        /* of backups; NULL: any … */
  const GPtrArray *except; /* … but of these types; or NULL */
  guint seen;              /* a bit for each event that has an <on> */
  GPtrArray *types;        /* of the backups seen */
  VgRequest *request;      /* the first one searched for, or NULL */
} Search;

/* There may be several backups, of different types; other events have one <on>.
 */
static gboolean
check_unique (const Search *search, VgEvent event, const char *type,
              GError **error)
{
  g_autofree char *shown = vg_text_clean (type, SHOWN);

  if (event == VG_EVENT_BACKUP) {
    if (!g_ptr_array_find_with_equal_func (search->types, type, g_str_equal,
                                           NULL))
      return TRUE;
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX,
                 "there are two <on> elements for backups of the type '%s'",
                 shown);
    return FALSE;
  }
  if ((search->seen & (1u << event)) == 0)
    return TRUE;
  g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_SYNTAX,
               "there are two <on> elements for the event '%s'",
               vg_event_to_string (event));
  return FALSE;
}

static gboolean
is_searched (const Search *search, VgEvent event, const VgRequest *request)
{
  return search->request == NULL && event == search->event
         && vg_policy_is_of_type (request, search->type, search->except);
}

/* Reads one <on>. Keeps its request if it is the one searched for. */
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
  if (!check_unique (search, event, request->backup_type, error))
    return FALSE;
  search->seen |= 1u << event;
  if (event == VG_EVENT_BACKUP)
    g_ptr_array_add (search->types, g_strdup (request->backup_type));
  if (is_searched (search, event, request))
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

/* The domain's own policy for an event, of whatever type, hides the files'. */
static gboolean
find_policy (const VgDomain *domain, VgEvent event, const char *type,
             const GPtrArray *except, const char *folder, VgRequest **request,
             char **from, GError **error)
{
  g_autoptr (GPtrArray) types = g_ptr_array_new_with_free_func (g_free);
  Search search = {
    .event = event, .type = type, .except = except, .types = types
  };

  *request = NULL;
  *from = NULL;
  if (domain->policy != NULL
      && !read_element (domain->policy, &search, error)) {
    vg_request_free (search.request);
    return FALSE;
  }
  if ((search.seen & (1u << event)) == 0)
    return vg_policy_find_in_files (domain, event, type, except, folder,
                                    request, from, error);
  *request = search.request;
  if (search.request != NULL)
    *from = g_strdup (VG_POLICY_FROM_METADATA);
  return TRUE;
}

gboolean
vg_policy_find (const VgDomain *domain, VgEvent event, const char *folder,
                VgRequest **request, GError **error)
{
  g_autofree char *from = NULL;

  return find_policy (domain, event, NULL, NULL, folder, request, &from, error);
}

gboolean
vg_policy_find_with_place (const VgDomain *domain, VgEvent event,
                           const char *folder, VgRequest **request, char **from,
                           GError **error)
{
  return find_policy (domain, event, NULL, NULL, folder, request, from, error);
}

gboolean
vg_policy_find_backup (const VgDomain *domain, const char *type,
                       const char *folder, VgRequest **request, GError **error)
{
  g_autofree char *from = NULL;

  return find_policy (domain, VG_EVENT_BACKUP, type, NULL, folder, request,
                      &from, error);
}

gboolean
vg_policy_find_next_backup (const VgDomain *domain, const GPtrArray *except,
                            const char *folder, VgRequest **request,
                            char **from, GError **error)
{
  return find_policy (domain, VG_EVENT_BACKUP, NULL, except, folder, request,
                      from, error);
}

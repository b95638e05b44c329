/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a domain's metadata says in our namespaces, and in ones that look like
 * ours: the policy element, and elements that nobody reads. The metadata has
 * one element a namespace.
 */
#include <string.h>

#include "domain/private.h"
#include "util/text.h"

#define PREFIX "urn:virt-glance"
#define SHOWN 60

/* The elements of our namespaces. A request has an error of its own. */
static const struct {
  const char *uri;
  const char *name; /* or NULL: others check it */
} known[] = {
  { VG_POLICY_URI, "policy" },
  { PREFIX ":request", NULL },
  { PREFIX ":status", NULL },
  { PREFIX ":restored", NULL },
};

static char *
describe_stray (xmlNode *node)
{
  const char *uri = (const char *) node->ns->href;
  g_autofree char *name = vg_text_clean ((const char *) node->name, SHOWN);
  g_autofree char *shown = vg_text_clean (uri, SHOWN);

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++) {
    if (strcmp (uri, known[i].uri) != 0)
      continue;
    if (known[i].name == NULL
        || strcmp ((const char *) node->name, known[i].name) == 0)
      return NULL;
    return g_strdup_printf ("<%s> in the domain's metadata has no effect: in "
                            "the namespace %s it must be inside of <%s>",
                            name, shown, known[i].name);
  }
  return g_strdup_printf ("<%s> in the domain's metadata has no effect: its "
                          "namespace %s is not one of %s, %s and %s",
                          name, shown, known[0].uri, known[1].uri,
                          known[2].uri);
}

static char **
find_strays (xmlNode *metadata)
{
  GPtrArray *strays = g_ptr_array_new ();
  xmlNode *node = metadata != NULL ? metadata->children : NULL;

  for (; node != NULL; node = node->next) {
    char *stray = NULL;

    if (node->type == XML_ELEMENT_NODE && node->ns != NULL
        && node->ns->href != NULL
        && g_str_has_prefix ((const char *) node->ns->href, PREFIX))
      stray = describe_stray (node);
    if (stray != NULL)
      g_ptr_array_add (strays, stray);
  }
  g_ptr_array_add (strays, NULL);
  return (char **) g_ptr_array_free (strays, FALSE);
}

xmlNode *
vg_domain_find_policy (xmlNode *metadata)
{
  xmlNode *node = metadata != NULL ? metadata->children : NULL;

  for (; node != NULL; node = node->next)
    if (vg_xml_is (node, VG_POLICY_URI, "policy")
        && strcmp ((const char *) node->ns->href, VG_POLICY_URI) == 0)
      return node;
  return NULL;
}

void
vg_domain_read_policy (xmlNode *metadata, VgDomain *domain)
{
  domain->policy = vg_xml_dump (vg_domain_find_policy (metadata));
  domain->strays = find_strays (metadata);
}

/* Nova's own records come before the element; a volume's name does not. */
static gboolean
may_adopt_origin (const VgDomain *domain)
{
  return domain->origin == VG_ORIGIN_UNKNOWN
         || (domain->origin == VG_ORIGIN_VOLUME && !domain->is_nova);
}

static void
adopt_origin (VgDomain *domain, VgDomain *definition)
{
  domain->origin = definition->origin;
  domain->origin_from = definition->origin_from;
  g_free (domain->image_ref);
  domain->image_ref = g_steal_pointer (&definition->image_ref);
}

void
vg_domain_adopt_policy (VgDomain *domain, VgDomain *definition)
{
  if (domain->policy == NULL && definition->policy != NULL) {
    domain->policy = g_steal_pointer (&definition->policy);
    domain->policy_is_defined = TRUE;
    if (may_adopt_origin (domain)
        && g_strcmp0 (definition->origin_from, VG_ORIGIN_FROM_POLICY) == 0)
      adopt_origin (domain, definition);
    if (domain->origin_problem == NULL)
      domain->origin_problem = g_steal_pointer (&definition->origin_problem);
  }
  if (*domain->strays == NULL) {
    g_strfreev (domain->strays);
    domain->strays = g_strdupv (definition->strays);
  }
}

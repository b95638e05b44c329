/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The policy element in a domain's XML, and whose word goes first. virsh gives
 * the namespace to the outer element alone, so the inner may have none. */
#include "domain/policy.h"

#include <string.h>

#include "domain/parts.h"
#include "domain/wish.h"
#include "util/text.h"

#define SHOWN 40

void
vg_answer_free (gpointer data)
{
  VgAnswer *answer = data;

  vg_wish_free (answer->wish);
  g_free (answer);
}

gboolean
vg_event_parse (const char *name, VgEvent *event, GError **error)
{
  static const char *const names[] = { "stopped", "backup", "snapshot" };
  g_autofree char *shown = vg_text_clean (name, SHOWN);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (name, names[i]) == 0) {
      *event = (VgEvent) i;
      return TRUE;
    }
  g_set_error (error, VG_POLICY_ERROR, VG_POLICY_ERROR_SYNTAX,
               name == NULL ? "it does not say which event it is about; there "
                              "are stopped, backup and snapshot"
                            : "the event '%s' is not known; there are stopped, "
                              "backup and snapshot",
               shown);
  return FALSE;
}

VgWords
vg_event_get_words (VgEvent event)
{
  static const VgWords words[] = { VG_WORDS_ON_STOPPED, VG_WORDS_ON_BACKUP,
                                   VG_WORDS_ON_SNAPSHOT };

  return words[event];
}

static gboolean
read_on (xmlNode *node, VgDomain *domain, GError **error)
{
  g_autofree char *name = vg_xml_attribute (node, "event");
  g_autoptr (VgWish) wish = NULL;
  VgAnswer *answer;
  VgWords words;
  VgEvent event;

  if (!vg_event_parse (name, &event, error))
    return FALSE;
  words = vg_event_get_words (event);
  wish = vg_wish_new (words);
  if (!vg_wish_set_attributes (wish, words, node, "event", error))
    return FALSE;
  for (guint i = 0; i < domain->answers->len; i++) {
    answer = domain->answers->pdata[i];
    if (answer->event != event)
      continue;
    g_set_error (error, VG_POLICY_ERROR, VG_POLICY_ERROR_SYNTAX,
                 "there are two for the event '%s'", name);
    return FALSE;
  }
  answer = g_new0 (VgAnswer, 1);
  answer->event = event;
  answer->wish = g_steal_pointer (&wish);
  g_ptr_array_add (domain->answers, answer);
  return TRUE;
}

/* What it names is read where the domain's origin is. */
static gboolean
check_image (xmlNode *node, GError **error)
{
  for (xmlAttr *a = node->properties; a != NULL; a = a->next) {
    g_autofree char *shown = vg_text_clean ((const char *) a->name, SHOWN);

    if (strcmp ((const char *) a->name, "uuid") == 0)
      continue;
    g_set_error (error, VG_POLICY_ERROR, VG_POLICY_ERROR_SYNTAX,
                 "'%s' is not known; there is uuid", shown);
    return FALSE;
  }
  return vg_wish_check_empty (node, error);
}

static gboolean
is_ours (xmlNode *node)
{
  return node->ns == NULL || node->ns->href == NULL
         || strcmp ((const char *) node->ns->href, VG_POLICY_URI) == 0;
}

static gboolean
read_child (xmlNode *node, VgDomain *domain, GError **error)
{
  g_autofree char *shown = vg_text_clean ((const char *) node->name, SHOWN);
  const char *name = (const char *) node->name;
  gboolean ok;

  if (is_ours (node) && strcmp (name, "on") == 0) {
    ok = read_on (node, domain, error);
  } else if (is_ours (node) && strcmp (name, "image") == 0) {
    ok = check_image (node, error);
  } else {
    g_set_error (error, VG_POLICY_ERROR, VG_POLICY_ERROR_SYNTAX,
                 "the policy element has <%s> in it, which is not known; there "
                 "are <image> and <on>",
                 shown);
    return FALSE;
  }
  if (!ok)
    g_prefix_error (error, "the policy element's <%s>: ", shown);
  return ok;
}

void
vg_domain_read_policy (xmlNode *metadata, VgDomain *domain)
{
  xmlNode *policy = vg_xml_child_in (metadata, VG_POLICY_URI, "policy");
  g_autoptr (GError) error = NULL;

  domain->answers = g_ptr_array_new_with_free_func (vg_answer_free);
  if (policy == NULL)
    return;
  for (xmlNode *node = policy->children; node != NULL; node = node->next)
    if (node->type == XML_ELEMENT_NODE && !read_child (node, domain, &error))
      break;
  if (error != NULL)
    domain->policy_problem = g_strdup (error->message);
}

static VgWish *
copy_wish (const VgWish *wish)
{
  VgWish *copy = g_memdup2 (wish, sizeof *wish);

  copy->name = g_strdup (wish->name);
  copy->from = g_strdup (wish->from);
  copy->store = g_strdup (wish->store);
  copy->format = g_strdup (wish->format);
  copy->quiesce = g_strdup (wish->quiesce);
  copy->encrypted = g_strdup (wish->encrypted);
  copy->compress = g_strdup (wish->compress);
  copy->disks = g_strdupv (wish->disks);
  copy->backup_type = g_strdup (wish->backup_type);
  copy->reasons = g_strdupv (wish->reasons);
  return copy;
}

gboolean
vg_policy_find (const VgDomain *domain, VgEvent event, const char *folder,
                VgWish **wish, GError **error)
{
  *wish = NULL;
  if (domain->policy_problem != NULL) {
    g_set_error_literal (error, VG_POLICY_ERROR, VG_POLICY_ERROR_SYNTAX,
                         domain->policy_problem);
    return FALSE;
  }
  for (guint i = 0; i < domain->answers->len; i++) {
    const VgAnswer *answer = domain->answers->pdata[i];

    if (answer->event == event) {
      *wish = copy_wish (answer->wish);
      return TRUE;
    }
  }
  return vg_policy_find_in_files (domain, event, folder, wish, error);
}

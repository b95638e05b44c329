/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choice of the store, a pure function: four rules, tried in turn. Each returns
 * a choice, NULL if it does not apply, or an error. */
#include "plan/store-choice.h"

#include <string.h>

#include "plan/error.h"
#include "util/text.h"

#define MAX_SHOWN 80 /* characters of a name in a message */

void
vg_store_choice_free (VgStoreChoice *choice)
{
  if (choice == NULL)
    return;
  g_free (choice->store);
  g_free (choice->type);
  g_free (choice->fsid);
  g_free (choice->pool);
  g_free (choice->base_ref);
  g_strfreev (choice->others);
  g_free (choice->reason);
  g_free (choice);
}

const char *
vg_store_rule_to_string (VgStoreRule rule)
{
  switch (rule) {
  case VG_STORE_RULE_USER:
    return "user";
  case VG_STORE_RULE_CONFIG:
    return "config";
  case VG_STORE_RULE_BASE:
    return "base-image";
  case VG_STORE_RULE_DEFAULT:
    return "default";
  }
  return "unknown";
}

static VgStoreChoice *
new_choice (VgStoreRule rule, const VgStore *store, char *reason)
{
  VgStoreChoice *choice = g_new0 (VgStoreChoice, 1);

  choice->rule = rule;
  choice->name_store = rule != VG_STORE_RULE_DEFAULT;
  if (store != NULL) {
    choice->store = g_strdup (store->id);
    choice->type = g_strdup (store->type);
    choice->fsid = g_strdup (store->fsid);
    choice->pool = g_strdup (store->pool);
  }
  choice->others = g_new0 (char *, 1);
  choice->reason = reason;
  return choice;
}

/* "fast, cheap, reliable (default), web (read-only)" */
static char *
list_stores (const VgStores *stores)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < stores->list->len; i++) {
    const VgStore *store = g_ptr_array_index (stores->list, i);
    g_autofree char *id = vg_text_clean (store->id, MAX_SHOWN);

    g_string_append_printf (text, "%s%s%s%s", i > 0 ? ", " : "", id,
                            store->is_default ? " (default)" : "",
                            store->read_only ? " (read-only)" : "");
  }
  if (text->len == 0)
    g_string_append (text, "none");
  return g_string_free (text, FALSE);
}

/* A source of store names. */
typedef struct {
  VgStoreRule rule;
  const char *who;  /* prefix of errors */
  const char *what; /* the option to omit if Glance has no stores */
  const char *reason;
} Namer;

static const Namer user = { VG_STORE_RULE_USER, "", "--store",
                            "the user named it" };
static const Namer property = { VG_STORE_RULE_USER,
                                "the image's property image_service:store_id: ",
                                "the property",
                                "the image's property image_service:store_id "
                                "names it" };
static const Namer flavor = { VG_STORE_RULE_CONFIG,
                              "the flavor's image_service:store_id: ",
                              "the extra spec",
                              "the guest's flavor names it "
                              "(image_service:store_id)" };
static const Namer config = { VG_STORE_RULE_CONFIG,
                              "[glance] store: ", "the option",
                              "[glance] store names it" };

/* Rules 1 and 2: an explicitly named store must exist. */
static VgStoreChoice *
choose_named (const VgStores *stores, const Namer *namer, const char *id,
              GError **error)
{
  const char *who = namer->who;
  g_autofree char *shown = vg_text_clean (id, MAX_SHOWN);
  g_autofree char *known = NULL;
  const VgStore *store;

  if (!stores->multi) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE,
                 "%sthe store '%s' is not available: this Glance has no "
                 "multi-store support (enabled_backends is not set); omit %s",
                 who, shown, namer->what);
    return NULL;
  }
  store = vg_stores_find (stores, id);
  if (store != NULL && !store->read_only)
    return new_choice (namer->rule, store, g_strdup (namer->reason));
  known = list_stores (stores);
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE,
               "%sthe store '%s' %s; Glance has: %s", who, shown,
               store != NULL ? "is read-only" : "was not found", known);
  return NULL;
}

/* The writable stores that hold the base image, in Glance's order. */
static GPtrArray *
find_base_stores (const VgStoreQuestion *question)
{
  GPtrArray *holders = g_ptr_array_new ();

  for (guint i = 0; i < question->stores->list->len; i++) {
    VgStore *store = g_ptr_array_index (question->stores->list, i);

    if (!store->read_only && g_strv_contains (question->base_stores, store->id))
      g_ptr_array_add (holders, store);
  }
  return holders;
}

/* NULL: none is in that cluster. */
static const VgStore *
find_in_cluster (const GPtrArray *holders, const char *fsid)
{
  for (guint i = 0; fsid != NULL && i < holders->len; i++) {
    const VgStore *store = g_ptr_array_index (holders, i);

    if (store->fsid != NULL && g_ascii_strcasecmp (store->fsid, fsid) == 0)
      return store;
  }
  return NULL;
}

/* Of several stores with the base image: the disk's own Ceph cluster, the root
 * disk's, the default, the first. *why: a clause that goes on from "it holds
 * the base image X", static. */
static const VgStore *
pick_holder (const VgStoreQuestion *question, const GPtrArray *holders,
             const char **why)
{
  const VgStore *store = find_in_cluster (holders, question->disk_fsid);

  *why = " and is in the disk's Ceph cluster";
  if (store != NULL)
    return store;
  store = find_in_cluster (holders, question->root_fsid);
  *why = " and is in the root disk's Ceph cluster";
  if (store != NULL)
    return store;
  *why = "";
  for (guint i = 0; i < holders->len; i++) {
    store = g_ptr_array_index (holders, i);
    if (store->is_default)
      return store;
  }
  return g_ptr_array_index (holders, 0);
}

static VgStoreChoice *
choose_base (const VgStoreQuestion *question)
{
  g_autoptr (GPtrArray) holders = NULL;
  const VgStore *store;
  VgStoreChoice *choice;
  const char *why;
  guint n = 0;

  if (question->volume_backed || question->base_image == NULL
      || question->base_stores == NULL)
    return NULL;
  holders = find_base_stores (question);
  if (holders->len == 0)
    return NULL;

  store = pick_holder (question, holders, &why);
  choice = new_choice (VG_STORE_RULE_BASE, store,
                       g_strdup_printf ("it holds the base image %s%s",
                                        question->base_image, why));
  choice->base_ref = g_strdup (question->base_image);
  choice->others = g_renew (char *, choice->others, holders->len);
  for (guint i = 0; i < holders->len; i++) {
    const VgStore *other = g_ptr_array_index (holders, i);

    if (other != store)
      choice->others[n++] = g_strdup (other->id);
  }
  choice->others[n] = NULL;
  return choice;
}

/* Why the default store is used. */
static char *
explain_default (const VgStoreQuestion *question)
{
  if (question->volume_backed)
    return g_strdup ("the root disk is a volume");
  if (question->base_image == NULL)
    return g_strdup ("the base image is unknown");
  if (question->base_stores == NULL && question->base_problem != NULL)
    return g_strdup (question->base_problem);
  if (question->base_stores == NULL)
    return g_strdup_printf ("the stores of the base image %s are unknown",
                            question->base_image);
  return g_strdup_printf ("no writable store holds the base image %s",
                          question->base_image);
}

static VgStoreChoice *
choose_default (const VgStoreQuestion *question, GError **error)
{
  const VgStore *store = vg_stores_get_default (question->stores);
  g_autofree char *why = NULL;
  VgStoreChoice *choice;

  if (store != NULL && store->read_only) {
    g_autofree char *id = vg_text_clean (store->id, MAX_SHOWN);
    g_autofree char *known = list_stores (question->stores);

    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE,
                 "Glance's default store '%s' is read-only; name another store "
                 "with --store or [glance] store (Glance has: %s)",
                 id, known);
    return NULL;
  }
  why = explain_default (question);
  choice =
      new_choice (VG_STORE_RULE_DEFAULT, store,
                  question->stores->multi
                      ? g_strdup_printf ("Glance's default store: %s", why)
                      : g_strdup ("this Glance has no multi-store support"));
  if (!question->volume_backed)
    choice->base_ref = g_strdup (question->base_image);
  return choice;
}

/* The name with the highest precedence, and its source; or NULL. */
static const char *
find_named (const VgStoreQuestion *question, const Namer **namer)
{
  const struct {
    const char *name;
    const Namer *namer;
  } names[] = {
    { question->user_store, &user },
    { question->allow_user_store ? question->property_store : NULL, &property },
    { question->flavor_store, &flavor },
    { question->config_store, &config },
  };

  *namer = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i].name != NULL) {
      *namer = names[i].namer;
      return names[i].name;
    }
  return NULL;
}

static gboolean
check_allowed (const VgStoreQuestion *question, GError **error)
{
  if (question->user_store == NULL || question->allow_user_store)
    return TRUE;
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE,
               "users may not name a store ([glance] allow_user_store = "
               "false); omit --store");
  return FALSE;
}

gboolean
vg_store_choose_unasked (const VgStoreQuestion *question,
                         VgStoreChoice **choice, GError **error)
{
  const Namer *namer;
  const char *named = find_named (question, &namer);

  *choice = NULL;
  if (!check_allowed (question, error))
    return FALSE;
  if (named == NULL)
    return TRUE;
  *choice =
      new_choice (namer->rule, NULL,
                  g_strdup_printf ("%s (Glance was not asked)", namer->reason));
  (*choice)->store = g_strdup (named);
  return TRUE;
}

VgStoreChoice *
vg_store_choose (const VgStoreQuestion *question, GError **error)
{
  const Namer *namer;
  const char *named = find_named (question, &namer);
  VgStoreChoice *choice;

  if (!check_allowed (question, error))
    return NULL;
  if (named != NULL)
    return choose_named (question->stores, namer, named, error);
  choice = choose_base (question);
  return choice != NULL ? choice : choose_default (question, error);
}

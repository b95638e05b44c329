/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collects the facts about an upload, which are the image's record, the stores
 * and the base image's record, and lets the rules choose. */
#include "choose/decide.h"

#include <string.h>

#include "util/text.h"

#define MAX_SHOWN 80 /* characters of a name in a message */
#define PROPERTY "image_service:store_id"

/* What Glance told us. */
typedef struct {
  VgStores *stores;
  VgImageRecord *base; /* or NULL */
  char *base_problem;  /* why base is unknown, for people; or NULL */
} Told;

static void
clear_told (Told *told)
{
  g_clear_pointer (&told->stores, vg_stores_free);
  g_clear_pointer (&told->base, vg_image_record_free);
  g_free (told->base_problem);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Told, clear_told)

void
vg_decision_free (VgDecision *decision)
{
  if (decision == NULL)
    return;
  g_free (decision->store);
  g_free (decision->reason);
  g_free (decision);
}

const char *
vg_upload_kind_to_string (VgUploadKind kind)
{
  static const char *const words[] = { "other", "snapshot", "backup",
                                       "volume" };

  return words[kind];
}

static VgDecision *
new_decision (VgUploadKind kind, const char *store, const char *rule,
              char *reason)
{
  VgDecision *decision = g_new0 (VgDecision, 1);

  decision->kind = kind;
  decision->store = g_strdup (store);
  decision->rule = rule;
  decision->reason = reason;
  return decision;
}

/* Whether the header, which Cinder sends, names another image than the record's
 * base image. Then the record's marks of a snapshot are none of this image's:
 * they were copied from the image that the volume was made from. */
static gboolean
is_of_volume (const VgUploadFacts *facts, const VgImageRecord *record)
{
  const char *base = vg_json_get_string (record->json, "base_image_ref");

  return facts->base_ref != NULL
         && (base == NULL || g_ascii_strcasecmp (base, facts->base_ref) != 0);
}

static gboolean
has_no_data (const VgImageRecord *record)
{
  return vg_json_get (record->json, "block_device_mapping") != NULL;
}

/* Nova marks its snapshots and backups; Cinder's uploads are known by the
 * header alone. Nova's image of a server with volumes names their snapshots,
 * and has no data. */
static VgUploadKind
find_kind (const VgUploadFacts *facts, const VgImageRecord *record)
{
  const char *type;

  if (facts->image == NULL)
    return VG_UPLOAD_SNAPSHOT;
  if (is_of_volume (facts, record))
    return VG_UPLOAD_VOLUME;
  if (has_no_data (record))
    return VG_UPLOAD_OTHER;
  type = vg_json_get_string (record->json, "image_type");
  if (g_strcmp0 (type, "snapshot") == 0)
    return VG_UPLOAD_SNAPSHOT;
  if (g_strcmp0 (type, "backup") == 0)
    return VG_UPLOAD_BACKUP;
  return facts->base_ref != NULL ? VG_UPLOAD_VOLUME : VG_UPLOAD_OTHER;
}

/* The id of the base image, in lower case as Glance has it; NULL if unknown. */
static char *
find_base (const VgUploadFacts *facts, const VgImageRecord *record)
{
  const char *const names[] = {
    facts->base_ref,
    record != NULL ? vg_json_get_string (record->json, "base_image_ref") : NULL,
    facts->guest != NULL ? facts->guest->image : NULL,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (names[i] != NULL && vg_text_is_uuid (names[i]))
      return g_ascii_strdown (names[i], -1);
  return NULL;
}

/* A base image that was deleted, or that the caller may not see, decides
 * nothing. */
static gboolean
ask_base (VgGlance *glance, const char *id, Told *told,
          GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) why = NULL;

  told->base = vg_glance_get_image (glance, id, cancellable, &why);
  if (told->base != NULL)
    return TRUE;
  if (!g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_NOT_FOUND)
      && !g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_FORBIDDEN)) {
    g_propagate_prefixed_error (error, g_steal_pointer (&why),
                                "the base image: ");
    return FALSE;
  }
  told->base_problem =
      g_strdup_printf ("the base image %s was deleted or is not visible", id);
  return TRUE;
}

static void
learn_stores (const VgConfig *config, Told *told)
{
  if (told->base != NULL)
    vg_stores_learn_from_image (told->stores, told->base);
  for (guint i = 0; i < config->rbd_stores->len; i++) {
    const VgConfigStore *store = config->rbd_stores->pdata[i];

    (void) vg_stores_learn (told->stores, store->name, store->fsid,
                            store->pool);
  }
}

/* The user's own choice. Nova copies a base image's properties to snapshots of
 * its guests: a value that the base image has, too, is nobody's choice for this
 * image. An empty value is none. */
static const char *
find_property (const VgImageRecord *record, const VgImageRecord *base)
{
  const char *value =
      record != NULL ? vg_json_get_string (record->json, PROPERTY) : NULL;

  if (value == NULL || *value == '\0')
    return NULL;
  if (base != NULL
      && g_strcmp0 (vg_json_get_string (base->json, PROPERTY), value) == 0)
    return NULL;
  return value;
}

static VgDecision *
choose (VgUploadKind kind, const VgStoreQuestion *question, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (VgStoreChoice) choice = vg_store_choose (question, &why);
  gboolean named = question->property_store != NULL
                   || question->flavor_store != NULL
                   || question->config_store != NULL;

  if (choice != NULL)
    return new_decision (kind, choice->name_store ? choice->store : NULL,
                         vg_store_rule_to_string (choice->rule),
                         g_steal_pointer (&choice->reason));
  if (named) {
    g_propagate_error (error, g_steal_pointer (&why));
    return NULL;
  }
  /* The default store is read-only: Glance will say so itself. */
  return new_decision (kind, NULL, "default", g_strdup (why->message));
}

static VgDecision *
decide_by_rules (VgGlance *glance, const VgConfig *config,
                 const VgUploadFacts *facts, const VgImageRecord *record,
                 GCancellable *cancellable, GError **error)
{
  g_auto (Told) told = { 0 };
  static const VgUploadGuest nobody;
  const VgUploadGuest *guest = facts->guest != NULL ? facts->guest : &nobody;
  VgUploadKind kind = find_kind (facts, record);
  g_autofree char *base = find_base (facts, record);
  const char *property =
      config->allow_user_store ? find_property (record, NULL) : NULL;
  VgStoreQuestion question = {
    .allow_user_store = config->allow_user_store,
    .flavor_store = guest->flavor_store,
    .config_store = kind != VG_UPLOAD_VOLUME ? config->store : NULL,
    .volume_backed = guest->volume_backed,
    .base_image = base,
    .disk_fsid = guest->disk_fsid,
  };
  gboolean needs_base =
      property != NULL
      || (question.flavor_store == NULL && question.config_store == NULL);

  if (base != NULL && needs_base
      && !ask_base (glance, base, &told, cancellable, error))
    return NULL;
  told.stores = vg_glance_get_stores (glance, cancellable, error);
  if (told.stores == NULL)
    return NULL;
  learn_stores (config, &told);
  question.property_store =
      property != NULL ? find_property (record, told.base) : NULL;
  question.stores = told.stores;
  question.base_problem = told.base_problem;
  if (told.base != NULL)
    question.base_stores = (const char *const *) told.base->stores;
  return choose (kind, &question, error);
}

/* The guest that Nova has noted in the record. Everybody can note any guest:
 * one of another project is none. */
static VgUploadGuest *
find_guest (const VgUploadFacts *facts, const VgImageRecord *record,
            GCancellable *cancellable)
{
  const char *uuid = vg_json_get_string (record->json, "instance_uuid");
  g_autoptr (VgUploadGuest) guest = NULL;

  if (facts->find_guest == NULL || uuid == NULL || !vg_text_is_uuid (uuid))
    return NULL;
  guest = facts->find_guest (uuid, cancellable, facts->find_data);
  if (guest == NULL || g_strcmp0 (guest->project, record->owner) != 0)
    return NULL;
  return g_steal_pointer (&guest);
}

VgDecision *
vg_decide (VgGlance *glance, const VgConfig *config, const VgUploadFacts *facts,
           GCancellable *cancellable, GError **error)
{
  g_autoptr (VgImageRecord) record = NULL;
  g_autoptr (VgUploadGuest) guest = NULL;
  VgUploadFacts all = *facts;
  VgUploadKind kind;

  if (facts->client_store != NULL) {
    g_autofree char *shown = vg_text_clean (facts->client_store, MAX_SHOWN);

    return new_decision (
        VG_UPLOAD_OTHER, NULL, "client",
        g_strdup_printf ("the client named the store %s", shown));
  }
  if (facts->image != NULL) {
    record = vg_glance_get_image (glance, facts->image, cancellable, error);
    if (record == NULL)
      return NULL;
    kind = find_kind (facts, record);
    if (kind == VG_UPLOAD_OTHER)
      return new_decision (
          VG_UPLOAD_OTHER, NULL, "none",
          g_strdup (has_no_data (record)
                        ? "it has no data, but names snapshots of volumes"
                        : "it is no snapshot, backup or upload of a volume"));
    if (kind != VG_UPLOAD_VOLUME)
      guest = find_guest (facts, record, cancellable);
    if (guest != NULL)
      all.guest = guest;
  }
  return decide_by_rules (glance, config, &all, record, cancellable, error);
}

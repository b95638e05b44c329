/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Creates, reads and deletes image records; reads the list of stores. The
 * caller chooses an image's id before the first request, so that a lost answer
 * leaves no unknown image behind. */
#include <string.h>

#include "glance/session.h"
#include "util/text.h"

#define MAX_SHOWN 80

/* A request that is cut off may still be carried out: Glance would create the
 * image after it was asked to delete it. So a cancellation waits for the
 * answer, for so long. */
#define CREATE_GRACE_S 10

static char *
image_path (const char *id)
{
  g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);

  return g_strconcat ("/v2/images/", escaped, NULL);
}

VgImageRecord *
vg_glance_get_image (VgGlance *glance, const char *id,
                     GCancellable *cancellable, GError **error)
{
  g_autofree char *shown = vg_text_clean (id, MAX_SHOWN);
  g_autofree char *path = image_path (id);
  g_autofree char *action = g_strdup_printf ("read image %s", shown);
  g_autoptr (VgJson) json =
      vg_session_get (glance, path, action, cancellable, error);

  return json != NULL ? vg_image_record_parse (json, action, error) : NULL;
}

/* After a 409: the image may be ours, created by a request whose answer was
 * lost. */
static VgImageRecord *
adopt_existing_image (VgGlance *glance, VgJson *body, GCancellable *cancellable)
{
  g_autoptr (VgImageRecord) record = vg_glance_get_image (
      glance, vg_json_get_string (body, "id"), cancellable, NULL);

  if (record == NULL || strcmp (record->status, "queued") != 0
      || g_strcmp0 (record->name, vg_json_get_string (body, "name")) != 0)
    return NULL;
  return g_steal_pointer (&record);
}

VgImageRecord *
vg_glance_create_image (VgGlance *glance, VgJson *body,
                        GCancellable *cancellable, GError **error)
{
  g_auto (VgHttpAnswer) answer = { 0 };
  g_autoptr (VgJson) json = NULL;
  g_autofree char *shown = NULL, *action = NULL;
  VgCall call = { .method = "POST",
                  .path = "/v2/images",
                  .json = body,
                  .grace = CREATE_GRACE_S };
  VgImageRecord *record;

  if (vg_json_get_string (body, "id") == NULL) {
    g_autofree char *id = g_uuid_string_random ();

    vg_json_set_string (body, "id", id);
  }
  shown = vg_text_clean (vg_json_get_string (body, "name"), MAX_SHOWN);
  action = g_strdup_printf ("create image %s (\"%s\")",
                            vg_json_get_string (body, "id"), shown);
  call.action = action;
  if (!vg_session_call (glance, &call, &answer, cancellable, error))
    return NULL;
  if (answer.status == 409) {
    record = adopt_existing_image (glance, body, cancellable);
    if (record != NULL)
      return record;
  }
  if (answer.status != 201) {
    vg_session_throw (glance, action, &answer, error);
    return NULL;
  }
  json = vg_json_parse (answer.body->str, (gssize) answer.body->len, NULL);
  return vg_image_record_parse (json, action, error);
}

/* Whether Glance itself says that the image doesn't exist. */
static gboolean
is_image_missing (const VgHttpAnswer *answer)
{
  return answer->status == 410
         || (answer->status == 404
             && (answer->body->len == 0 || vg_http_answer_is_json (answer)));
}

/* Whether Glance has deleted the image by half: the record stays in the state
 * "deleted", and each DELETE is refused (with 400). */
static gboolean
is_half_deleted (VgGlance *glance, const char *id)
{
  g_autoptr (VgImageRecord) record =
      vg_glance_get_image (glance, id, NULL, NULL);

  return record != NULL && strcmp (record->status, "deleted") == 0;
}

gboolean
vg_glance_delete_image (VgGlance *glance, const char *id, GError **error)
{
  g_auto (VgHttpAnswer) answer = { 0 };
  g_autofree char *shown = vg_text_clean (id, MAX_SHOWN);
  g_autofree char *path = image_path (id);
  g_autofree char *action = g_strdup_printf ("delete image %s", shown);
  VgCall call = { .method = "DELETE", .path = path, .action = action };

  if (!vg_session_call (glance, &call, &answer, NULL, error))
    return FALSE;
  if (answer.status == 204 || is_image_missing (&answer)
      || is_half_deleted (glance, id))
    return TRUE;
  return vg_session_throw (glance, action, &answer, error);
}

gboolean
vg_glance_protect_image (VgGlance *glance, const char *id, gboolean protect,
                         GCancellable *cancellable, GError **error)
{
  g_auto (VgHttpAnswer) answer = { 0 };
  g_autoptr (VgJson) changes = json_object_new_array ();
  VgJson *change = json_object_new_object ();
  g_autofree char *shown = vg_text_clean (id, MAX_SHOWN);
  g_autofree char *path = image_path (id);
  g_autofree char *action =
      g_strdup_printf (protect ? "protect image %s from deletion"
                               : "remove the deletion protection of image %s",
                       shown);
  VgCall call = { .method = "PATCH",
                  .path = path,
                  .action = action,
                  .json = changes,
                  .content_type =
                      "application/openstack-images-v2.1-json-patch" };

  vg_json_set_string (change, "op", "replace");
  vg_json_set_string (change, "path", "/protected");
  vg_json_set_bool (change, "value", protect);
  json_object_array_add (changes, change);
  if (!vg_session_call (glance, &call, &answer, cancellable, error))
    return FALSE;
  if (answer.status == 200 || (!protect && is_image_missing (&answer)))
    return TRUE;
  return vg_session_throw (glance, action, &answer, error);
}

VgStores *
vg_glance_get_stores (VgGlance *glance, GCancellable *cancellable,
                      GError **error)
{
  g_auto (VgHttpAnswer) detail = { 0 };
  g_auto (VgHttpAnswer) answer = { 0 };
  g_autoptr (GError) why = NULL;
  VgCall call = { .method = "GET",
                  .path = "/v2/info/stores/detail",
                  .action = "list Glance's stores",
                  .once = TRUE };

  /* Authenticate once, not for each of the two lists. */
  if (!vg_session_ensure (glance, cancellable, error))
    return NULL;
  /* The detailed list includes all of the plain one, but few users may read
   * it. */
  if (!glance->for_callers
      && !vg_session_call (glance, &call, &detail, cancellable, &why)
      && !g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE)) {
    g_propagate_error (error, g_steal_pointer (&why));
    return NULL;
  }
  if (detail.status == 200 && vg_http_answer_is_json (&detail))
    return vg_stores_parse (detail.body->str, detail.body->str, error);

  call.path = "/v2/info/stores";
  call.once = FALSE;
  if (!vg_session_call (glance, &call, &answer, cancellable, error))
    return NULL;
  if (answer.status == 404)
    return vg_stores_new_single ();
  if (answer.status != 200) {
    vg_session_throw (glance, call.action, &answer, error);
    return NULL;
  }
  return vg_stores_parse (answer.body->str, NULL, error);
}

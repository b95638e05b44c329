/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adds an image's location. There are two methods: POST …/locations (Glance API
 * 2.17), executed by a Glance task after the answer, and the older PATCH,
 * executed at once. Neither can simply be repeated: a second PATCH is refused,
 * a second POST fails, and a task that removes a location again deletes the
 * data there. So after an unclear answer the image's record decides.
 * https://docs.openstack.org/glance/latest/admin/new-location-apis.html */
#include <string.h>

#include "glance/http-retry.h"
#include "glance/session.h"
#include "util/text.h"

#define MAX_SHOWN 80

typedef enum {
  DONE,
  AGAIN,   /* a retry may succeed */
  REFUSED, /* Glance refuses locations by this method; the image is unchanged */
  FAILED,
} Outcome;

typedef struct {
  VgGlance *glance;
  const char *id;
  const char *url;
  const char *action; /* "add the location of …" */
  gboolean by_post;   /* the method being tried */
  gboolean post_refused;
  guint status;      /* of the last answer; 0: none */
  guint retry_after; /* s, of the last answer */
  GCancellable *cancellable;
} Place;

/* Whether version, an id of GET /versions ("v2.17"), is new enough for POST. */
static gboolean
is_new_enough (const char *version)
{
  guint64 major, minor = 0;
  char *end;

  if (version == NULL || *version != 'v')
    return FALSE;
  major = g_ascii_strtoull (version + 1, &end, 10);
  if (*end == '.')
    minor = g_ascii_strtoull (end + 1, NULL, 10);
  return major > 2 || (major == 2 && minor >= 17);
}

/* Sets *post if Glance may support the POST method. If its versions don't tell,
 * the answer to the POST does. */
static gboolean
find_method (const Place *place, gboolean *post, GError **error)
{
  VgCall call = {
    .method = "GET", .path = "/versions", .action = place->action, .once = TRUE
  };
  g_auto (VgHttpAnswer) answer = { 0 };
  g_autoptr (GError) why = NULL;
  g_autoptr (VgJson) json = NULL;
  VgJson *versions;

  *post = TRUE;
  if (!vg_session_call (place->glance, &call, &answer, place->cancellable,
                        &why)) {
    if (g_error_matches (why, VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE))
      return TRUE;
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  if (answer.status == 200 || answer.status == 300)
    json = vg_json_parse (answer.body->str, (gssize) answer.body->len, NULL);
  versions = vg_json_get_array (json, "versions");
  if (versions == NULL)
    return TRUE;
  *post = FALSE;
  for (gsize i = 0; i < json_object_array_length (versions); i++)
    *post |= is_new_enough (
        vg_json_get_string (json_object_array_get_idx (versions, i), "id"));
  return TRUE;
}

static VgJson *
new_post (const char *url)
{
  VgJson *json = json_object_new_object ();

  vg_json_set_string (json, "url", url);
  return json;
}

static VgJson *
new_patch (const char *url)
{
  VgJson *json = json_object_new_array ();
  VgJson *change = json_object_new_object ();
  VgJson *value = new_post (url);

  vg_json_set_take (value, "metadata", json_object_new_object ());
  vg_json_set_string (change, "op", "add");
  vg_json_set_string (change, "path", "/locations/-");
  vg_json_set_take (change, "value", value);
  json_object_array_add (json, change);
  return json;
}

static gboolean
send_location (const Place *place, VgHttpAnswer *answer, GError **error)
{
  g_autofree char *id = g_uri_escape_string (place->id, NULL, FALSE);
  g_autofree char *path =
      g_strconcat ("/v2/images/", id, place->by_post ? "/locations" : "", NULL);
  g_autoptr (VgJson) json =
      place->by_post ? new_post (place->url) : new_patch (place->url);
  VgCall call = {
    .method = place->by_post ? "POST" : "PATCH",
    .path = path,
    .action = place->action,
    .json = json,
    .content_type =
        place->by_post ? NULL : "application/openstack-images-v2.1-json-patch",
    .once = TRUE,
  };

  return vg_session_call (place->glance, &call, answer, place->cancellable,
                          error);
}

static const char *
get_task (const VgImageRecord *record)
{
  const char *task = vg_json_get_string (record->json, "os_glance_import_task");

  return task != NULL && *task != '\0' ? task : NULL;
}

static gboolean
is_busy (const VgImageRecord *record)
{
  static const char *const busy[] = { "importing", "saving", "uploading",
                                      NULL };

  return g_strv_contains (busy, record->status)
         || (strcmp (record->status, "queued") == 0
             && get_task (record) != NULL);
}

static char *
get_progress_mark (const VgImageRecord *record)
{
  const char *task = get_task (record);
  const char *time = vg_json_get_string (record->json, "updated_at");

  return g_strdup_printf ("%s;%s;%s", record->status, task ? task : "",
                          time ? time : "");
}

/* Waits until Glance has finished with the image, and returns its record.
 * Doesn't wait for the hash of an active image. idle: the number of polls that
 * must find it finished, because another Glance server may answer. */
static VgImageRecord *
wait_for_end (const Place *place, guint idle, GError **error)
{
  guint timeout = place->glance->config->timeout;
  gint64 since = g_get_monotonic_time ();
  g_autofree char *seen = NULL;

  for (guint n = 0;; n++) {
    g_autoptr (VgImageRecord) record = vg_glance_get_image (
        place->glance, place->id, place->cancellable, error);
    g_autofree char *now = record != NULL ? get_progress_mark (record) : NULL;

    if (record == NULL)
      return NULL;
    if (strcmp (record->status, "active") == 0
        || (!is_busy (record) && --idle == 0))
      return g_steal_pointer (&record);
    if (g_strcmp0 (now, seen) != 0)
      since = g_get_monotonic_time ();
    if (timeout > 0
        && g_get_monotonic_time () - since
               >= (gint64) timeout * G_USEC_PER_SEC) {
      g_autofree char *status =
          vg_session_show (place->glance, record->status, MAX_SHOWN);

      g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE,
                   "can't %s: the image has been '%s' for %u seconds; see "
                   "Glance's log ([glance] timeout sets how long to wait)",
                   place->action, status, timeout);
      return NULL;
    }
    g_free (seen);
    seen = g_steal_pointer (&now);
    if (!vg_http_wait (place->glance->http, n, place->cancellable, error))
      return NULL;
  }
}

/* FALSE if the record shows the data elsewhere. */
static gboolean
may_have_location (const VgImageRecord *record, const char *url)
{
  VgJson *locations = vg_json_get_array (record->json, "locations");
  gsize n = locations != NULL ? json_object_array_length (locations) : 0;
  const char *direct = vg_json_get_string (record->json, "direct_url");

  for (gsize i = 0; i < n; i++)
    if (g_strcmp0 (vg_json_get_string (json_object_array_get_idx (locations, i),
                                       "url"),
                   url)
        == 0)
      return TRUE;
  return locations == NULL && (direct == NULL || strcmp (direct, url) == 0);
}

/* Advice if Glance finds no data at the location. */
static char *
advise_on_place (const Place *place)
{
  g_autofree char *shown = vg_text_clean (place->url, 2 * MAX_SHOWN);

  return g_strdup_printf ("Glance's store must be in the cluster and pool of "
                          "%s, and Glance's Ceph user must be able to read it "
                          "there",
                          shown);
}

/* Glance reported success, but the image is queued again. A size in the record
 * shows that the location was added, because adding it determines the size and
 * removing it keeps it. */
static void
throw_given_up (const Place *place, const VgImageRecord *record, GError **error)
{
  g_autofree char *reason =
      vg_session_task_message (place->glance, place->id, place->cancellable);
  g_autofree char *advice = advise_on_place (place);

  if (record->size == 0)
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_LOCATION,
                 "can't %s: Glance accepted the request, but then did not add "
                 "the location%s%s; %s",
                 place->action, reason ? ": " : "", reason ? reason : "",
                 advice);
  else
    g_set_error (
        error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_INTEGRITY,
        "can't %s: Glance added the location and then removed it%s%s; it may "
        "have deleted the data there: delete the image and start again",
        place->action, reason ? ": " : "", reason ? reason : "");
}

/* Checks the image's state. AGAIN, without an error, if it is still queued.
 * accepted: Glance reported success. */
static Outcome
check_image (const Place *place, gboolean accepted, VgImageRecord **record,
             GError **error)
{
  g_autoptr (VgImageRecord) found =
      wait_for_end (place, accepted ? 2 : 1, error);
  g_autofree char *status = NULL;

  if (found == NULL)
    return FAILED;
  if (strcmp (found->status, "queued") == 0) {
    if (!accepted)
      return AGAIN;
    throw_given_up (place, found, error);
    return FAILED;
  }
  if (strcmp (found->status, "active") == 0
      && may_have_location (found, place->url)) {
    *record = g_steal_pointer (&found);
    return DONE;
  }
  status = vg_session_show (place->glance, found->status, MAX_SHOWN);
  g_set_error (
      error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFLICT,
      "can't %s: the image is already '%s', and another client did that",
      place->action, status);
  return FAILED;
}

/* Statuses that refuse this method, but not the image. */
static gboolean
is_refusal (guint status)
{
  static const guint all[] = { 400, 403, 404, 405, 415, 501 };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i] == status)
      return TRUE;
  return FALSE;
}

/* That the image changes no more is not all that is known: Glance said why. */
static void
add_words (GError *error, const GError *said)
{
  char *message = error->message;

  if (!g_error_matches (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE))
    return;
  error->message = g_strdup_printf ("%s; %s", said->message, message);
  g_free (message);
}

/* Tries once. Sets why unless the result is DONE. */
static Outcome
try_location (Place *place, VgImageRecord **record, GError **why)
{
  g_auto (VgHttpAnswer) answer = { 0 };
  g_autoptr (GError) other = NULL;
  gboolean answered = send_location (place, &answer, why);
  Outcome outcome;

  place->status = answer.status;
  place->retry_after = answer.retry_after;
  if (answer.status == 200 || answer.status == 202)
    return check_image (place, TRUE, record, why);
  if (answered)
    vg_session_throw (place->glance, place->action, &answer, why);
  else if (!g_error_matches (*why, VG_GLANCE_ERROR,
                             VG_GLANCE_ERROR_UNAVAILABLE))
    return FAILED;
  if (place->by_post && is_refusal (answer.status))
    return REFUSED;
  if (answered && !is_refusal (answer.status)
      && !vg_http_may_pass (answer.status) && answer.status != 409)
    return FAILED;

  outcome = check_image (place, FALSE, record, &other);
  if (outcome == FAILED)
    add_words (other, *why);
  if (outcome != AGAIN)
    g_clear_error (why);
  if (outcome == FAILED)
    g_propagate_error (why, g_steal_pointer (&other));
  return outcome == AGAIN && is_refusal (answer.status) ? REFUSED : outcome;
}

/* The error if both methods were refused. */
static void
throw_refused (const Place *place, const GError *why, GError **error)
{
  static const char setting[] =
      "set show_multiple_locations = True in glance-api.conf and let the "
      "policy set_image_location allow it";
  g_autofree char *advice =
      place->status == 400
          ? advise_on_place (place)
          : g_strconcat (place->post_refused
                             ? "give this user the role \"service\", or "
                             : "",
                         setting, NULL);

  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_LOCATION, "%s; %s",
               why->message, advice);
}

static VgImageRecord *
try_until_done (Place *place, GError **error)
{
  for (guint n = 0;;) {
    g_autoptr (VgImageRecord) record = NULL;
    g_autoptr (GError) why = NULL;
    Outcome outcome = try_location (place, &record, &why);

    if (outcome == DONE)
      return g_steal_pointer (&record);
    if (outcome == REFUSED && place->by_post) {
      place->by_post = FALSE;
      place->post_refused = TRUE;
      continue;
    }
    if (outcome == AGAIN) {
      g_autoptr (GError) cancelled = NULL;

      if (vg_http_pause (place->glance->http, n++, place->retry_after,
                         place->cancellable, &cancelled))
        continue;
      if (cancelled != NULL) {
        g_propagate_error (error, g_steal_pointer (&cancelled));
        return NULL;
      }
    }
    if (outcome == REFUSED)
      throw_refused (place, why, error);
    else
      g_propagate_error (error, g_steal_pointer (&why));
    return NULL;
  }
}

VgImageRecord *
vg_glance_add_location (VgGlance *glance, const char *id, const char *url,
                        GCancellable *cancellable, GError **error)
{
  g_autofree char *shown = vg_text_clean (id, MAX_SHOWN);
  g_autofree char *action =
      g_strdup_printf ("add the location of image %s", shown);
  Place place = { .glance = glance,
                  .id = id,
                  .url = url,
                  .action = action,
                  .cancellable = cancellable };

  if (!find_method (&place, &place.by_post, error))
    return NULL;
  return try_until_done (&place, error);
}

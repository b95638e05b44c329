/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* copy-image: Glance copies an active image to more stores. The image's record
 * shows the progress: os_glance_import_task during the task, then
 * os_glance_failed_import. The reason of a failure is only in the image's
 * tasks. */
#include <string.h>

#include "glance/http-retry.h"
#include "glance/session.h"
#include "util/text.h"

#define MAX_SHOWN 80

typedef struct {
  VgGlance *glance;
  const char *id;
  const char *action; /* "copy image X to the stores a, b" */
  guint timeout;      /* s */
  GCancellable *cancellable;
} Copy;

static gboolean
has_store (const VgImageRecord *record, const char *store)
{
  return record->stores != NULL
         && g_strv_contains ((const char *const *) record->stores, store);
}

/* Those stores that don't have the image yet. */
static char **
find_missing (const VgImageRecord *record, const char *const *stores)
{
  GPtrArray *missing = g_ptr_array_new ();

  for (; *stores != NULL; stores++)
    if (!has_store (record, *stores))
      g_ptr_array_add (missing, g_strdup (*stores));
  g_ptr_array_add (missing, NULL);
  return (char **) g_ptr_array_free (missing, FALSE);
}

static VgJson *
new_question (char **stores)
{
  VgJson *question = json_object_new_object ();
  VgJson *method = json_object_new_object ();
  VgJson *list = json_object_new_array ();

  for (; *stores != NULL; stores++)
    json_object_array_add (list, json_object_new_string (*stores));
  vg_json_set_string (method, "name", "copy-image");
  vg_json_set_take (question, "method", method);
  vg_json_set_take (question, "stores", list);
  /* A failure of one store must not undo copies in the others. */
  vg_json_set_bool (question, "all_stores_must_succeed", FALSE);
  return question;
}

/* A text that changes whenever the copy makes progress. */
static char *
get_progress_mark (const VgImageRecord *record)
{
  static const char *const keys[] = { "os_glance_importing_to_stores",
                                      "os_glance_failed_import", "stores",
                                      "os_glance_import_task", "updated_at" };
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
    const char *value = vg_json_get_string (record->json, keys[i]);

    g_string_append_printf (text, "%s;", value ? value : "");
  }
  return g_string_free (text, FALSE);
}

/* Waits until no import task of the image is running. */
static VgImageRecord *
wait_for_end (const Copy *copy, GError **error)
{
  gint64 patience = (gint64) copy->timeout * G_USEC_PER_SEC;
  gint64 end = g_get_monotonic_time () + patience;
  g_autofree char *seen = NULL;

  for (guint n = 0;; n++) {
    g_autoptr (VgImageRecord) record =
        vg_glance_get_image (copy->glance, copy->id, copy->cancellable, error);
    g_autofree char *now = record != NULL ? get_progress_mark (record) : NULL;
    const char *task;

    if (record == NULL)
      return NULL;
    task = vg_json_get_string (record->json, "os_glance_import_task");
    if (task == NULL || *task == '\0')
      return g_steal_pointer (&record);
    if (g_strcmp0 (now, seen) != 0)
      end = g_get_monotonic_time () + patience;
    if (g_get_monotonic_time () >= end) {
      g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE,
                   "can't %s: Glance's task made no progress for %u seconds; "
                   "the image itself is active and complete",
                   copy->action, copy->timeout);
      return NULL;
    }
    g_free (seen);
    seen = g_steal_pointer (&now);
    if (!vg_http_wait (copy->glance->http, n, copy->cancellable, error))
      return NULL;
  }
}

char *
vg_session_task_message (VgGlance *glance, const char *id,
                         GCancellable *cancellable)
{
  g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);
  g_autofree char *path = g_strconcat ("/v2/images/", escaped, "/tasks", NULL);
  g_autoptr (VgJson) json =
      vg_session_get (glance, path, "read tasks", cancellable, NULL);
  VgJson *tasks = vg_json_get_array (json, "tasks");
  gsize n = tasks != NULL ? json_object_array_length (tasks) : 0;
  const char *latest = "", *message = NULL;

  for (gsize i = 0; i < n; i++) {
    VgJson *task = json_object_array_get_idx (tasks, i);
    const char *time = vg_json_get_string (task, "created_at");

    if (vg_json_get_string (task, "message") == NULL
        || *vg_json_get_string (task, "message") == '\0'
        || strcmp (time ? time : "", latest) < 0)
      continue;
    latest = time ? time : "";
    message = vg_json_get_string (task, "message");
  }
  return message != NULL ? vg_session_show (glance, message, 300) : NULL;
}

static gboolean
check_copies (const Copy *copy, const VgImageRecord *record, char **wanted,
              GError **error)
{
  g_auto (GStrv) missing = find_missing (record, (const char *const *) wanted);
  g_autofree char *list = NULL, *shown = NULL, *reason = NULL;

  if (*missing == NULL)
    return TRUE;
  list = g_strjoinv (", ", missing);
  shown = vg_text_clean (list, 200);
  reason = vg_session_task_message (copy->glance, copy->id, copy->cancellable);
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE,
               "can't %s: it failed for %s%s%s; the image itself is active "
               "and complete, and the copy can be tried again",
               copy->action, shown, reason ? ": " : "", reason ? reason : "");
  return FALSE;
}

/* POSTs the import. On a 409, waits for the image's other task first. */
static gboolean
start_import (const Copy *copy, char **stores, GError **error)
{
  g_autofree char *id = g_uri_escape_string (copy->id, NULL, FALSE);
  g_autofree char *path = g_strconcat ("/v2/images/", id, "/import", NULL);
  g_autoptr (VgJson) question = new_question (stores);
  VgCall call = {
    .method = "POST", .path = path, .action = copy->action, .json = question
  };

  for (guint n = 0;; n++) {
    g_auto (VgHttpAnswer) answer = { 0 };
    g_autoptr (VgImageRecord) record = NULL;

    if (!vg_session_call (copy->glance, &call, &answer, copy->cancellable,
                          error))
      return FALSE;
    if (answer.status == 202)
      return TRUE;
    if (answer.status != 409 || n >= copy->glance->config->num_retries)
      return vg_session_throw (copy->glance, copy->action, &answer, error);
    record = wait_for_end (copy, error);
    if (record == NULL
        || !vg_http_wait (copy->glance->http, n, copy->cancellable, error))
      return FALSE;
  }
}

gboolean
vg_glance_copy_image (VgGlance *glance, const char *id,
                      const char *const *stores, guint timeout_s,
                      GCancellable *cancellable, GError **error)
{
  g_autofree char *list = g_strjoinv (", ", (char **) stores);
  g_autofree char *shown_list = vg_text_clean (list, 200);
  g_autofree char *shown = vg_text_clean (id, MAX_SHOWN);
  g_autofree char *action =
      g_strdup_printf ("copy image %s to %s", shown, shown_list);
  Copy copy = { .glance = glance,
                .id = id,
                .action = action,
                .timeout = timeout_s,
                .cancellable = cancellable };
  g_autoptr (VgImageRecord) before =
      vg_glance_get_image (glance, id, cancellable, error);
  g_autoptr (VgImageRecord) after = NULL;
  g_auto (GStrv) missing = NULL;

  if (before == NULL)
    return FALSE;
  missing = find_missing (before, stores);
  if (*missing == NULL)
    return TRUE;
  if (!start_import (&copy, missing, error))
    return FALSE;
  after = wait_for_end (&copy, error);
  return after != NULL && check_copies (&copy, after, missing, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session: one POST to Keystone returns a token and the catalog with Glance's
 * endpoint; there is no version discovery. The token's lifetime is measured by
 * the monotonic clock from its issue, so a wrong clock on either side does no
 * harm. A token is renewed before it expires, and once after a 401. */
#include "glance/session.h"

#include <string.h>

#include "glance/fault.h"
#include "glance/http-retry.h"
#include "glance/keystone.h"
#include "glance/url.h"
#include "util/look.h"
#include "util/redact.h"
#include "util/text.h"

/* A token with less lifetime left is renewed. */
#define MARGIN (120 * (gint64) G_USEC_PER_SEC)
/* A younger token is not renewed. */
#define FRESH (60 * (gint64) G_USEC_PER_SEC)

static gboolean
uses_keystone (const VgGlance *glance)
{
  return glance->credentials->method != VG_AUTH_NONE
         && glance->credentials->method != VG_AUTH_STATIC_TOKEN;
}

static gboolean
check_urls (const VgCredentials *c, GError **error)
{
  g_autofree char *what = g_strdup_printf ("%s: auth_url", c->source);
  g_autofree char *other = g_strdup_printf ("%s: endpoint_override", c->source);

  if (c->auth_url != NULL && !vg_url_check (c->auth_url, what, error))
    return FALSE;
  return c->endpoint_override == NULL
         || vg_url_check (c->endpoint_override, other, error);
}

/* What libcurl reads. It tells a missing file itself. */
static gboolean
check_files (const VgCredentials *c, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (vg_look_check_regular (c->cafile, NULL, &why)
      && vg_look_check_regular (c->certfile, NULL, &why)
      && vg_look_check_regular (c->keyfile, NULL, &why))
    return TRUE;
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG, "%s: %s",
               c->source, why->message);
  return FALSE;
}

VgGlance *
vg_session_new (const VgConfig *config, VgCredentials *owned, GError **error)
{
  g_autoptr (VgCredentials) credentials = owned;
  VgHttpOptions options = { 0 };
  VgGlance *glance;

  if (!check_urls (credentials, error) || !check_files (credentials, error))
    return NULL;
  options.cafile = credentials->cafile;
  options.certfile = credentials->certfile;
  options.keyfile = credentials->keyfile;
  options.insecure = credentials->insecure;
  options.timeout = config->timeout;
  options.retries = config->num_retries;
  options.rate = config->upload_rate;

  glance = g_new0 (VgGlance, 1);
  glance->config = config;
  glance->http = vg_http_new (&options);
  glance->credentials = g_steal_pointer (&credentials);
  return glance;
}

VgGlance *
vg_glance_new (const VgConfig *config, GError **error)
{
  VgCredentials *credentials = vg_credentials_load (config, error);

  return credentials != NULL ? vg_session_new (config, credentials, error)
                             : NULL;
}

void
vg_glance_set_upload_rate (VgGlance *glance, guint64 rate)
{
  vg_http_set_rate (glance->http, rate);
}

void
vg_glance_set_upload_pace (VgGlance *glance, VgPaceRate ask, gpointer data)
{
  vg_http_set_pace (glance->http, ask, data);
}

void
vg_glance_free (VgGlance *glance)
{
  if (glance == NULL)
    return;
  vg_http_free (glance->http);
  vg_credentials_free (glance->credentials);
  vg_secret_free (glance->token);
  vg_secret_free (glance->service_token);
  g_free (glance->request_id);
  g_free (glance->endpoint);
  g_free (glance);
}

const char *
vg_glance_get_endpoint (VgGlance *glance)
{
  return glance->endpoint;
}

const char *
vg_glance_get_project_id (VgGlance *glance)
{
  return glance->project_id;
}

void
vg_session_fill_secrets (const VgGlance *glance, VgSecrets secrets)
{
  const VgCredentials *c = glance->credentials;
  const char *all[] = { glance->token, glance->service_token, c->token,
                        c->password, c->application_credential_secret };
  guint n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i] != NULL)
      secrets[n++] = all[i];
  secrets[n] = NULL;
}

char *
vg_session_show (const VgGlance *glance, const char *text, gsize max_chars)
{
  VgSecrets secrets;
  g_autofree char *redacted = NULL;

  vg_session_fill_secrets (glance, secrets);
  redacted = text != NULL ? vg_redact (text, secrets) : NULL;
  return vg_text_clean (redacted, max_chars);
}

static gboolean
throw_fault (VgGlance *glance, const char *who, const char *action,
             const VgHttpAnswer *answer, GError **error)
{
  VgSecrets secrets;

  vg_session_fill_secrets (glance, secrets);
  g_propagate_error (error, vg_fault_new (who, action, answer, secrets));
  return FALSE;
}

gboolean
vg_session_throw (VgGlance *glance, const char *action,
                  const VgHttpAnswer *answer, GError **error)
{
  return throw_fault (glance, "Glance", action, answer, error);
}

/* Prefixes an error from below with the action. */
static void
prefix_error (GError **error, const char *action)
{
  if (error != NULL && *error != NULL && (*error)->domain == VG_GLANCE_ERROR)
    g_prefix_error (error, "can't %s: ", action);
}

/* Requests a token from Keystone; TRUE for a 201. */
static gboolean
request_token (VgGlance *glance, const char *action, VgHttpAnswer *answer,
               GCancellable *cancellable, GError **error)
{
  static const char *const headers[] = { "Content-Type: application/json",
                                         NULL };
  g_autofree char *url = vg_keystone_tokens_url (glance->credentials->auth_url);
  g_autoptr (VgJson) question = vg_keystone_question (glance->credentials);
  char *content = vg_json_to_text (question, FALSE);
  VgHttpRequest request = {
    .method = "POST", .url = url, .headers = headers, .content = content
  };
  VgSecrets secrets;
  gboolean answered;

  vg_session_fill_secrets (glance, secrets);
  request.secrets = secrets;
  answered = vg_http_call (glance->http, &request, answer, cancellable, error);
  vg_secret_free (content);
  if (!answered) {
    prefix_error (error, action);
    return FALSE;
  }
  if (answer->status != 201 || answer->subject_token == NULL)
    return throw_fault (glance, "Keystone", action, answer, error);
  return TRUE;
}

static gboolean
set_endpoint (VgGlance *glance, VgJson *answer, GError **error)
{
  const VgCredentials *c = glance->credentials;
  g_autofree char *endpoint =
      c->endpoint_override != NULL
          ? vg_keystone_trim_endpoint (c->endpoint_override)
          : vg_keystone_find_endpoint (answer, c, error);

  if (endpoint == NULL
      || !vg_url_check (endpoint, "the image service's address", error))
    return FALSE;
  if (glance->endpoint == NULL)
    glance->endpoint = g_steal_pointer (&endpoint);
  return TRUE;
}

void
vg_session_set_token (VgGlance *glance, char *token, gint64 lifetime)
{
  vg_secret_free (glance->token);
  glance->token = token;
  glance->token_from = g_get_monotonic_time ();
  glance->token_until =
      lifetime < 0 ? G_MAXINT64 : glance->token_from + lifetime;
}

static gboolean
process_answer (VgGlance *glance, const char *action, VgHttpAnswer *answer,
                GError **error)
{
  g_autoptr (VgJson) json =
      vg_json_parse (answer->body->str, (gssize) answer->body->len, NULL);
  const char *project = vg_keystone_project_id (json);
  g_autoptr (GError) why = NULL;
  g_autofree char *shown = NULL;

  if (vg_json_get (json, "token") == NULL) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_PROTOCOL,
                 "can't %s: the response is not from Keystone; check auth_url",
                 action);
    return FALSE;
  }
  if (project == NULL) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                 "can't %s: the token has no project, but an image must belong "
                 "to one; set project_name (OS_PROJECT_NAME)",
                 action);
    return FALSE;
  }
  if (!set_endpoint (glance, json, &why)) {
    shown = vg_session_show (glance, why->message, 0);
    g_set_error_literal (error, why->domain, why->code, shown);
    return FALSE;
  }
  /* Callers keep it while tokens come and go. */
  glance->project_id = g_intern_string (project);
  vg_session_set_token (glance, g_steal_pointer (&answer->subject_token),
                        vg_keystone_lifetime (json));
  return TRUE;
}

static gboolean
sign_in (VgGlance *glance, GCancellable *cancellable, GError **error)
{
  g_auto (VgHttpAnswer) answer = { 0 };
  g_autofree char *action = NULL;

  if (!uses_keystone (glance)) {
    vg_session_set_token (glance, g_strdup (glance->credentials->token), -1);
    return set_endpoint (glance, NULL, error);
  }
  action = g_strdup_printf ("authenticate to Keystone at %s with %s",
                            glance->credentials->auth_url,
                            glance->credentials->source);
  return request_token (glance, action, &answer, cancellable, error)
         && process_answer (glance, action, &answer, error);
}

static gboolean
ends_soon (const VgGlance *glance)
{
  gint64 margin, life;

  if (glance->token_until == G_MAXINT64)
    return FALSE;
  life = glance->token_until - glance->token_from;
  margin = MIN (MARGIN, life / 2);
  return g_get_monotonic_time () + margin >= glance->token_until;
}

gboolean
vg_session_ensure (VgGlance *glance, GCancellable *cancellable, GError **error)
{
  if (glance->endpoint != NULL && !uses_keystone (glance))
    return TRUE;
  if (glance->endpoint != NULL && glance->token != NULL && !ends_soon (glance))
    return TRUE;
  return sign_in (glance, cancellable, error);
}

gboolean
vg_session_refresh (VgGlance *glance, GCancellable *cancellable, GError **error)
{
  gint64 age = g_get_monotonic_time () - glance->token_from;

  /* A token obtained with another token expires no later than that one. If
   * Keystone refuses a new token, a still valid one is used on. */
  if (glance->token != NULL && age > FRESH && !ends_soon (glance)
      && uses_keystone (glance) && glance->credentials->method != VG_AUTH_TOKEN)
    return sign_in (glance, cancellable, NULL)
           || !g_cancellable_set_error_if_cancelled (cancellable, error);
  return vg_session_ensure (glance, cancellable, error);
}

gboolean
vg_session_is_fresh (const VgGlance *glance)
{
  gint64 age = g_get_monotonic_time () - glance->token_from;

  if (glance->endpoint == NULL || !uses_keystone (glance))
    return glance->endpoint != NULL;
  return glance->token != NULL && age <= FRESH && !ends_soon (glance);
}

gboolean
vg_session_forget (VgGlance *glance)
{
  if (!uses_keystone (glance))
    return FALSE;
  g_clear_pointer (&glance->token, vg_secret_free);
  return TRUE;
}

char *
vg_session_token_header (VgGlance *glance)
{
  return glance->token != NULL
             ? g_strconcat ("X-Auth-Token: ", glance->token, NULL)
             : NULL;
}

gboolean
vg_glance_connect (VgGlance *glance, GCancellable *cancellable, GError **error)
{
  return vg_session_ensure (glance, cancellable, error);
}

/* Adds the header unless value is NULL. Its text, maybe a secret, is freed with
 * the array. */
static void
add_header (GPtrArray *headers, const char *name, const char *value)
{
  if (value != NULL)
    g_ptr_array_add (headers, g_strconcat (name, ": ", value, NULL));
}

static gboolean
send_call (VgGlance *glance, const VgCall *call, const char *content,
           VgHttpAnswer *answer, GCancellable *cancellable, GError **error)
{
  g_autofree char *url = g_strconcat (glance->endpoint, call->path, NULL);
  g_autoptr (GPtrArray) headers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_secret_free);
  VgHttpRequest request = { .method = call->method,
                            .url = url,
                            .grace = call->grace };
  VgSecrets secrets;
  gboolean answered;

  add_header (headers, "X-Auth-Token", glance->token);
  add_header (headers, "X-Service-Token", glance->service_token);
  add_header (headers, "X-OpenStack-Request-ID", glance->request_id);
  if (content != NULL)
    add_header (headers, "Content-Type",
                call->content_type ? call->content_type : "application/json");
  for (const char *const *h = call->headers; h != NULL && *h != NULL; h++)
    g_ptr_array_add (headers, g_strdup (*h));
  g_ptr_array_add (headers, NULL);
  request.headers = (const char *const *) headers->pdata;
  request.content = content;
  vg_session_fill_secrets (glance, secrets);
  request.secrets = secrets;
  answered =
      call->once
          ? vg_http_send (glance->http, &request, answer, cancellable, error)
          : vg_http_call (glance->http, &request, answer, cancellable, error);
  return answered;
}

gboolean
vg_glance_was_unanswered (const VgGlance *glance)
{
  return glance->unanswered;
}

gboolean
vg_session_call (VgGlance *glance, const VgCall *call, VgHttpAnswer *answer,
                 GCancellable *cancellable, GError **error)
{
  g_autofree char *content =
      call->json != NULL ? vg_json_to_text (call->json, FALSE) : NULL;

  gboolean changes = strcmp (call->method, "GET") != 0;

  if (changes)
    glance->unanswered = FALSE;
  for (gboolean again = FALSE;; again = TRUE) {
    gboolean called;

    if (!vg_session_ensure (glance, cancellable, error)) {
      prefix_error (error, call->action);
      return FALSE;
    }
    called = send_call (glance, call, content, answer, cancellable, error);
    glance->unanswered |= changes && answer->unanswered;
    if (!called) {
      prefix_error (error, call->action);
      return FALSE;
    }
    if (answer->status != 401 || again || !vg_session_forget (glance))
      return TRUE;
  }
}

VgJson *
vg_session_get_sized (VgGlance *glance, const char *path, const char *action,
                      gsize *length, GCancellable *cancellable, GError **error)
{
  VgCall call = { .method = "GET", .path = path, .action = action };
  g_auto (VgHttpAnswer) answer = { 0 };
  VgJson *json;

  if (!vg_session_call (glance, &call, &answer, cancellable, error))
    return NULL;
  if (answer.status != 200) {
    vg_session_throw (glance, action, &answer, error);
    return NULL;
  }
  json = vg_json_parse (answer.body->str, (gssize) answer.body->len, NULL);
  *length = answer.body->len;
  if (json != NULL)
    return json;
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_PROTOCOL,
               "can't %s: %s%s answered HTTP 200, but not with JSON; check the "
               "endpoint's URL",
               action, glance->endpoint, path);
  return NULL;
}

VgJson *
vg_session_get (VgGlance *glance, const char *path, const char *action,
                GCancellable *cancellable, GError **error)
{
  gsize length;

  return vg_session_get_sized (glance, path, action, &length, cancellable,
                               error);
}

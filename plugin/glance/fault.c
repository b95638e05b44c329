/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Translates failed answers. Glance sends {"message", "code", "title"},
 * Keystone {"error": {…}}, old API middleware {"explanation"}, a proxy an HTML
 * page, and a crashed worker nothing. Even Glance's JSON messages contain "<br
 * />". */
#include "glance/fault.h"

#include <string.h>

#include "util/json.h"
#include "util/redact.h"
#include "util/text.h"

#define MAX_WORDS 400  /* characters of a server's text in a message */
#define MAX_TEXT 16384 /* bytes of a server's text to read */
#define MAX_ID 80

typedef struct {
  guint status;
  VgGlanceError code;
  const char *title;
  const char *advice; /* or NULL */
} Meaning;

static const Meaning meanings[] = {
  { 300, VG_GLANCE_ERROR_PROTOCOL, "Multiple Choices",
    "this URL is not the image API; check endpoint_override or Keystone's "
    "catalog" },
  { 400, VG_GLANCE_ERROR_PROTOCOL, "Bad Request",
    "change the value that it rejects (a name, a property, the format or the "
    "store); see Glance's log" },
  { 401, VG_GLANCE_ERROR_AUTH, "Unauthorized",
    "check user, password, project and their domains; the server does not tell "
    "which is wrong" },
  { 403, VG_GLANCE_ERROR_FORBIDDEN, "Forbidden",
    "the policy does not permit this user and project to do that" },
  { 404, VG_GLANCE_ERROR_NOT_FOUND, "Not Found", NULL },
  { 405, VG_GLANCE_ERROR_PROTOCOL, "Method Not Allowed",
    "check the endpoint's URL" },
  { 409, VG_GLANCE_ERROR_CONFLICT, "Conflict", NULL },
  { 410, VG_GLANCE_ERROR_NOT_FOUND, "Gone", NULL },
  { 413, VG_GLANCE_ERROR_QUOTA, "Request Entity Too Large",
    "delete images or raise the quota" },
  { 415, VG_GLANCE_ERROR_CONTENT, "Unsupported Media Type",
    "Glance inspected the data and rejected it, because its content does not "
    "match disk_format; another format may work" },
  { 429, VG_GLANCE_ERROR_UNAVAILABLE, "Too Many Requests", "try again later" },
  { 500, VG_GLANCE_ERROR_UNAVAILABLE, "Internal Server Error",
    "see the server's log" },
  { 501, VG_GLANCE_ERROR_PROTOCOL, "Not Implemented",
    "check the endpoint's URL" },
  { 502, VG_GLANCE_ERROR_UNAVAILABLE, "Bad Gateway", "try again later" },
  { 503, VG_GLANCE_ERROR_UNAVAILABLE, "Service Unavailable",
    "try again later" },
  { 504, VG_GLANCE_ERROR_UNAVAILABLE, "Gateway Timeout", "try again later" },
  { 507, VG_GLANCE_ERROR_QUOTA, "Insufficient Storage", NULL },
};

static Meaning
look_up_status (guint status)
{
  Meaning unknown = { status, VG_GLANCE_ERROR_PROTOCOL, NULL, NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (meanings); i++)
    if (meanings[i].status == status)
      return meanings[i];
  if (status >= 300 && status < 400) {
    unknown.title = "a redirection";
    unknown.advice = "the redirection is not followed, because it would "
                     "receive the token; configure its target";
  } else if (status >= 500) {
    unknown.code = VG_GLANCE_ERROR_UNAVAILABLE;
  } else if (status < 300) {
    unknown.advice =
        "the response is not from the image service; check the endpoint's URL";
  }
  return unknown;
}

/* Removes <tags> and the contents of <head>, <script> and <style>; collapses
 * white space. */
static char *
strip_markup (const char *text)
{
  static const char *const silent[] = { "head", "script", "style" };
  GString *plain = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '<' && (g_ascii_isalpha (p[1]) || strchr ("/!?", p[1]))
        && p[1] != '\0') {
      const char *end = strchr (p, '>');

      for (gsize i = 0; i < G_N_ELEMENTS (silent); i++) {
        gsize n = strlen (silent[i]);
        g_autofree char *closing = g_strdup_printf ("</%s>", silent[i]);

        if (g_ascii_strncasecmp (p + 1, silent[i], n) == 0
            && !g_ascii_isalnum (p[1 + n]) && end != NULL) {
          const char *past = strstr (end, closing);

          end = past != NULL ? past + strlen (closing) - 1 : end;
        }
      }
      g_string_append_c (plain, ' ');
      if (end == NULL)
        break;
      p = end;
    } else if (!g_ascii_isspace (*p)) {
      g_string_append_c (plain, *p);
    } else if (plain->len > 0 && plain->str[plain->len - 1] != ' ') {
      g_string_append_c (plain, ' ');
    }
  }
  return g_string_free (plain, FALSE);
}

static void
replace_all (char **text, const char *from, const char *to)
{
  g_auto (GStrv) parts = g_strsplit (*text, from, -1);

  g_free (*text);
  *text = g_strjoinv (to, parts);
}

/* Each step may put together what was apart before, and a part of a secret is
 * no longer known as one: so each is followed by a look, and the cut comes
 * last. */
static char *
tidy_text (const char *text, const char *const *secrets)
{
  g_autofree char *begin = vg_redact (text, secrets);
  g_autofree char *plain = strip_markup (begin);
  g_autofree char *tidy = NULL;

  replace_all (&plain, "&lt;", "<");
  replace_all (&plain, "&gt;", ">");
  replace_all (&plain, "&quot;", "\"");
  replace_all (&plain, "&#x27;", "'");
  replace_all (&plain, "&#39;", "'");
  replace_all (&plain, "&nbsp;", " ");
  replace_all (&plain, "&amp;", "&");
  while (strstr (plain, "  ") != NULL)
    replace_all (&plain, "  ", " ");
  g_strstrip (plain);
  g_strdelimit (plain, "\n\r\t", ' ');
  if (g_str_has_suffix (plain, "."))
    plain[strlen (plain) - 1] = '\0';
  tidy = vg_redact (plain, secrets);
  return *tidy != '\0' ? vg_text_clean (tidy, MAX_WORDS) : NULL;
}

static const char *
find_message (VgJson *json)
{
  static const char *const keys[] = { "message", "explanation", "detail",
                                      "title" };
  static const char *const wrappers[] = { "error", "badRequest", "forbidden",
                                          "overLimit" };

  for (gsize i = 0; i < G_N_ELEMENTS (wrappers); i++)
    if (vg_json_get (json, wrappers[i]) != NULL)
      json = vg_json_get (json, wrappers[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
    const char *message = vg_json_get_string (json, keys[i]);

    if (message != NULL && *message != '\0')
      return message;
  }
  return NULL;
}

char *
vg_fault_words (const VgHttpAnswer *answer, const char *const *secrets)
{
  g_autoptr (VgJson) json = NULL;
  g_autofree char *raw = NULL, *begin = NULL;

  if (answer->body == NULL || answer->body->len == 0)
    return NULL;
  begin = g_strndup (answer->body->str, MAX_TEXT);
  raw = vg_redact (begin, secrets);
  json = vg_json_parse (raw, -1, NULL);
  if (json != NULL)
    return find_message (json) ? tidy_text (find_message (json), secrets)
                               : NULL;
  return tidy_text (raw, secrets);
}

/* The meaning of a status depends on the sender and on the format: the service
 * itself answers in JSON. */
static Meaning
find_meaning (const char *who, const VgHttpAnswer *answer)
{
  Meaning meaning = look_up_status (answer->status);
  gboolean keystone = strcmp (who, "Keystone") == 0;
  gboolean page = answer->body != NULL && answer->body->len > 0
                  && !vg_http_answer_is_json (answer);

  if (page && answer->status == 404) {
    meaning.code = VG_GLANCE_ERROR_PROTOCOL;
    meaning.advice =
        "the response is not from the service itself; check the endpoint's URL";
  } else if (keystone && answer->status == 404) {
    /* Keystone's answer to an expired or revoked token. */
    meaning.code = VG_GLANCE_ERROR_AUTH;
    meaning.advice = "check auth_url (OS_AUTH_URL) and the token (OS_TOKEN), "
                     "which may have expired";
  }
  if (keystone && meaning.code == VG_GLANCE_ERROR_PROTOCOL)
    meaning.advice = "check auth_url (OS_AUTH_URL)";
  else if (!keystone && answer->status == 401)
    meaning.advice = "Glance does not accept the token; do Glance and auth_url "
                     "belong to the same Keystone?";
  return meaning;
}

/* ": the server's text (request req-…)". */
static char *
quote_server (const VgHttpAnswer *answer, const char *title,
              const char *const *secrets)
{
  g_autofree char *words = vg_fault_words (answer, secrets);
  g_autoptr (GString) text = g_string_new (NULL);

  if (words != NULL
      && (title == NULL || g_ascii_strcasecmp (words, title) != 0))
    g_string_append_printf (text, ": %s", words);
  if (answer->request_id != NULL) {
    g_autofree char *raw = vg_redact (answer->request_id, secrets);
    g_autofree char *id = vg_text_clean (raw, MAX_ID);

    g_string_append_printf (text, " (request %s)", id);
  }
  return vg_redact (text->str, secrets);
}

GError *
vg_fault_new (const char *who, const char *action, const VgHttpAnswer *answer,
              const char *const *secrets)
{
  Meaning meaning = find_meaning (who, answer);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *quoted = quote_server (answer, meaning.title, secrets);

  g_string_append_printf (text, "can't %s: %s answered HTTP %u", action, who,
                          answer->status);
  if (meaning.title != NULL)
    g_string_append_printf (text, " (%s)", meaning.title);
  g_string_append (text, quoted);
  if (meaning.advice != NULL)
    g_string_append_printf (text, "; %s", meaning.advice);
  return g_error_new_literal (VG_GLANCE_ERROR, (gint) meaning.code, text->str);
}

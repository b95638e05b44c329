/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A proxy's question: method, path, and headers ("Name: value"), a line each.
 */
#include <string.h>

#include "choose/answer.h"
#include "fuzz/fuzz.h"
#include "util/text.h"

static const char *
get_header (gpointer headers, const char *name)
{
  gsize n = strlen (name);

  for (char **line = headers; *line != NULL; line++)
    if (g_ascii_strncasecmp (*line, name, n) == 0
        && g_str_has_prefix (*line + n, ": "))
      return *line + n + 2;
  return NULL;
}

static void
check (const VgAsk *ask)
{
  if (!ask->upload) {
    g_assert_null (ask->image);
    g_assert_null (ask->token);
    return;
  }
  g_assert_true (vg_text_is_uuid (ask->image));
  g_assert_true (ask->client_store == NULL || *ask->client_store != '\0');
  if (ask->request_id != NULL)
    g_assert_true (vg_answer_is_header (ask->request_id));
}

/* A body in which what was asked comes back is a whole one of its type. */
static void
check_body (const char *text)
{
  g_autofree char *clean = vg_text_clean (text, 0);
  const char *type;
  g_autofree char *html = vg_answer_make_body (clean, FALSE, &type);
  g_autofree char *body = vg_answer_make_body (clean, TRUE, &type);
  g_autoptr (VgJson) json = vg_json_parse (body, -1, NULL);

  g_assert_cmpstr (vg_json_get_string (json, "message"), ==, clean);
  g_assert_true (g_str_has_suffix (html, "</html>"));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (VgAsk) ask = NULL;

  if (g_strv_length (lines) < 2)
    return 0;
  ask = vg_ask_new (lines[0], lines[1], get_header, lines + 2);
  check (ask);
  check_body (ask->client_store != NULL ? ask->client_store : lines[1]);
  return 0;
}

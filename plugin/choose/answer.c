/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Glance's client reads errors in HTML, which Glance sends unless JSON is asked
 * for; of JSON it expects objects in an object, which Glance's are not. */
#include "choose/answer.h"

#include "util/json.h"

#define TITLE "403 Forbidden"

const char *
vg_outcome_to_string (VgOutcome outcome)
{
  static const char *const words[VG_OUTCOME_N] = {
    "store", "default", "client", "other", "refused", "failed", "late", "busy",
  };

  return words[outcome];
}

gboolean
vg_outcome_is_trouble (VgOutcome outcome)
{
  return outcome == VG_OUTCOME_FAILED || outcome == VG_OUTCOME_LATE
         || outcome == VG_OUTCOME_BUSY;
}

VgAnswer *
vg_answer_new (VgOutcome outcome, const char *store, char *message)
{
  VgAnswer *answer = g_new0 (VgAnswer, 1);

  answer->outcome = outcome;
  answer->store = g_strdup (store);
  answer->message = message;
  return answer;
}

void
vg_answer_free (VgAnswer *answer)
{
  if (answer == NULL)
    return;
  g_free (answer->store);
  g_free (answer->message);
  g_free (answer);
}

gboolean
vg_answer_is_header (const char *text)
{
  for (; *text != '\0'; text++)
    if (*text < ' ' || *text > '~')
      return FALSE;
  return TRUE;
}

char *
vg_answer_make_body (const char *message, gboolean json, const char **type)
{
  g_autoptr (VgJson) object = NULL;
  g_autofree char *escaped = NULL;

  if (json) {
    *type = "application/json; charset=UTF-8";
    object = json_object_new_object ();
    vg_json_set_string (object, "message", message);
    vg_json_set_string (object, "code", TITLE);
    vg_json_set_string (object, "title", "Forbidden");
    return vg_json_to_text (object, FALSE);
  }
  *type = "text/html; charset=UTF-8";
  escaped = g_markup_escape_text (message, -1);
  return g_strdup_printf ("<html>\n <head>\n  <title>" TITLE "</title>\n"
                          " </head>\n <body>\n  <h1>" TITLE "</h1>\n"
                          "  %s<br /><br />\n\n\n </body>\n</html>",
                          escaped);
}

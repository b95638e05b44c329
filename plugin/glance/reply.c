/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bounds of a reply in bytes and time, and the headers that are of use. */
#include "glance/reply.h"

#include <string.h>

#define MAX_BODY ((gsize) 16 << 20)     /* bytes */
#define MAX_REFUSAL ((gsize) 64 << 10)  /* bytes of the body of a failure */
#define MAX_HEADERS ((gsize) 256 << 10) /* bytes */
#define MAX_INTERIM 16                  /* of status 100 to 199 */
#define MAX_TIMEOUTS 5                  /* time, in idle timeouts */
#define MAX_S 3600 /* time where there is no such timeout */

void
vg_http_answer_clear (VgHttpAnswer *answer)
{
  if (answer->subject_token != NULL)
    explicit_bzero (answer->subject_token, strlen (answer->subject_token));
  if (answer->body != NULL)
    g_string_free (answer->body, TRUE);
  g_free (answer->content_type);
  g_free (answer->request_id);
  g_free (answer->content_range);
  g_free (answer->subject_token);
  memset (answer, 0, sizeof *answer);
}

gboolean
vg_http_answer_is_json (const VgHttpAnswer *answer)
{
  return answer->content_type != NULL
         && g_ascii_strncasecmp (answer->content_type, "application/json", 16)
                == 0;
}

guint
vg_reply_get_limit (guint timeout)
{
  return timeout > 0 ? MIN (timeout, MAX_S) * MAX_TIMEOUTS : MAX_S;
}

gboolean
vg_reply_take_body (VgReply *reply, const char *bytes, gsize n)
{
  gsize max = reply->refused ? MAX_REFUSAL : MAX_BODY;

  if (reply->answer->body->len + n > max) {
    reply->too_long = !reply->refused;
    return FALSE;
  }
  g_string_append_len (reply->answer->body, bytes, (gssize) n);
  return TRUE;
}

static void
take_field (char **field, const char *line, const char *name)
{
  gsize n = strlen (name);

  if (g_ascii_strncasecmp (line, name, n) != 0)
    return;
  g_free (*field);
  *field = g_strstrip (g_strdup (line + n));
}

/* A status line begins a reply, or one that announces it. The clock of the
 * latter stops at its end: an upload may take long between the two. */
static void
note_line (VgReply *reply, const char *line)
{
  const char *status = strchr (line, ' ');

  if (reply->announcing && (*line == '\r' || *line == '\n'))
    reply->clock.began = 0;
  if (!g_str_has_prefix (line, "HTTP/") || status == NULL)
    return;
  reply->announcing = status[1] == '1';
  reply->clock.began = g_get_monotonic_time ();
  if (reply->announcing)
    reply->interim++;
  else
    reply->refused = status[1] != '2';
}

gboolean
vg_reply_take_header (VgReply *reply, const char *bytes, gsize n)
{
  g_autofree char *line = g_strndup (bytes, n);

  note_line (reply, line);
  reply->headers += n;
  if (reply->headers > MAX_HEADERS || reply->interim > MAX_INTERIM) {
    reply->too_long = TRUE;
    return FALSE;
  }
  take_field (&reply->answer->request_id, line, "x-openstack-request-id:");
  take_field (&reply->answer->content_range, line, "content-range:");
  take_field (&reply->answer->subject_token, line, "x-subject-token:");
  take_field (&reply->answer->content_type, line, "content-type:");
  explicit_bzero (line, strlen (line));
  return TRUE;
}

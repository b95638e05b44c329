/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which failures may pass, and the pauses between two tries. */
#include "glance/http-retry.h"

#define MAX_DOUBLINGS 6
#define MAX_POLL_DOUBLINGS 4

gboolean
vg_http_may_pass (guint status)
{
  return status == 408 || status == 429 || status == 500 || status == 502
         || status == 503 || status == 504;
}

static gboolean
sleep_ms (guint64 ms, GCancellable *cancellable, GError **error)
{
  gint64 end = g_get_monotonic_time () + (gint64) ms * 1000;
  GPollFD fd;

  if (cancellable == NULL || !g_cancellable_make_pollfd (cancellable, &fd)) {
    g_usleep (ms * 1000);
    return TRUE;
  }
  for (gint64 left = end - g_get_monotonic_time ();
       left > 0 && !g_cancellable_is_cancelled (cancellable);
       left = end - g_get_monotonic_time ())
    g_poll (&fd, 1, (gint) (left / 1000 + 1));
  g_cancellable_release_fd (cancellable);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

gboolean
vg_http_wait (VgHttp *http, guint n, GCancellable *cancellable, GError **error)
{
  guint64 ms = (guint64) vg_http_get_pause (http)
               << MIN (n, MAX_POLL_DOUBLINGS);

  return sleep_ms (MAX (ms / 4, 1), cancellable, error);
}

gboolean
vg_http_pause (VgHttp *http, guint n, guint retry_after,
               GCancellable *cancellable, GError **error)
{
  guint pause = vg_http_get_pause (http);
  guint64 ms = (guint64) pause << MIN (n, MAX_DOUBLINGS);

  if (n >= vg_http_get_retries (http))
    return FALSE;
  /* Random, so that clients don't retry all at once. */
  ms += (guint64) g_random_int_range (0, (gint32) (pause / 2 + 1));
  return sleep_ms (MAX (ms, (guint64) retry_after * 1000), cancellable, error);
}

/* Whether a retry may succeed. */
static gboolean
is_transient (gboolean answered, const VgHttpAnswer *answer, const GError *why)
{
  return answered ? vg_http_may_pass (answer->status)
                  : g_error_matches (why, VG_GLANCE_ERROR,
                                     VG_GLANCE_ERROR_UNAVAILABLE);
}

gboolean
vg_http_call (VgHttp *http, const VgHttpRequest *request, VgHttpAnswer *answer,
              GCancellable *cancellable, GError **error)
{
  gboolean unanswered = FALSE;

  for (guint n = 0;; n++) {
    g_autoptr (GError) why = NULL;
    g_autoptr (GError) cancelled = NULL;
    gboolean answered = vg_http_send (http, request, answer, cancellable, &why);

    unanswered |= answer->unanswered;
    answer->unanswered = unanswered;
    if (is_transient (answered, answer, why)
        && vg_http_pause (http, n, answer->retry_after, cancellable,
                          &cancelled))
      continue;
    if (cancelled == NULL && answered)
      return TRUE;
    if (cancelled == NULL)
      cancelled = g_steal_pointer (&why);
    g_propagate_error (error, g_steal_pointer (&cancelled));
    return FALSE;
  }
}

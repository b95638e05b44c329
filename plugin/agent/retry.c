/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tries are counted by the clock on the wall, which goes on across a restart.
 * If it is set back, an order waits no longer than its pause. */
#include "agent/retry.h"

#include "agent/log.h"
#include "job/outcome.h"
#include "request/spool.h"

#define FIRST_PAUSE_S 5
#define MAX_PAUSE_S 600
#define MAX_DOUBLINGS 16

gboolean
vg_retry_may_help (const GError *error)
{
  switch (vg_outcome_of (error)) {
  case VG_FAILURE_UNAVAILABLE:
  case VG_FAILURE_AUTHENTICATION:
  case VG_FAILURE_BUSY:
  case VG_FAILURE_LATE:
  case VG_FAILURE_DRAINED:
    return TRUE;
  default:
    return FALSE;
  }
}

static gint64
get_now_s (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

gboolean
vg_retry_is_over (const VgOrder *order, const VgConfig *config)
{
  return get_now_s () - order->asked >= (gint64) config->retry_hours * 3600;
}

gint64
vg_retry_get_time (const VgOrder *order)
{
  gint64 pause, left;

  if (order->tries == 0)
    return 0;
  pause = (gint64) FIRST_PAUSE_S << MIN (order->tries - 1, MAX_DOUBLINGS);
  pause = MIN (pause, MAX_PAUSE_S);
  left = CLAMP (order->tried + pause - get_now_s (), 0, pause);
  return left == 0 ? 0 : g_get_monotonic_time () + left * G_USEC_PER_SEC;
}

void
vg_retry_note (VgOrder *order, const VgConfig *config)
{
  VgLogFields fields = { .domain = order->domain, .order = order->id };
  g_autoptr (GError) error = NULL;

  order->tries++;
  order->tried = get_now_s ();
  if (!vg_spool_update (config->state_path, order, &error)
      && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    vg_agent_log (&fields, G_LOG_LEVEL_WARNING,
                  "the tries of the order are not kept: %s", error->message);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks ten times a second: a turn ends with its process, of which nobody is
 * told. */
#include "job/await-turn.h"

#include "job/drain.h"
#include "job/error.h"

#define LOOK_EVERY_US (G_USEC_PER_SEC / 10)

gboolean
vg_job_check_window (const VgRequest *request, const VgConfig *config,
                     GError **error)
{
  g_autoptr (GDateTime) until = NULL;
  g_autofree char *text = NULL;

  if (!vg_drain_check (config, error))
    return FALSE;
  if (request->until == 0
      || g_get_real_time () / G_USEC_PER_SEC < request->until)
    return TRUE;
  until = g_date_time_new_from_unix_local (request->until);
  text = g_date_time_format (until, "%H:%M");
  g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_UNTIL,
               "it has not begun, because it is past %s (--until)", text);
  return FALSE;
}

/* Until the turn comes. */
static gboolean
look_again (const VgJob *job, VgTurn *turn, GError **error)
{
  gboolean begins = FALSE;

  while (!begins) {
    if (g_cancellable_set_error_if_cancelled (job->cancellable, error)
        || !vg_job_check_window (job->request, job->config, error)
        || !vg_turn_try (turn, job->config->max_jobs, &begins, error))
      return FALSE;
    if (!begins)
      g_usleep (LOOK_EVERY_US);
  }
  return TRUE;
}

static gboolean
wait_for_turn (const VgJob *job, VgTurn *turn, GError **error)
{
  vg_report_phase (job->report,
                   "Waiting for another job of this host to end (max_jobs = "
                   "%u)",
                   job->config->max_jobs);
  return vg_journal_write (job->journal, error)
         && look_again (job, turn, error);
}

gboolean
vg_job_await_turn (const VgJob *job, VgTurn **turn, GError **error)
{
  g_autoptr (VgTurn) new = NULL;
  gboolean begins;

  *turn = NULL;
  if (job->config->max_jobs == 0)
    return TRUE;
  new = vg_turn_queue (job->config->state_path, job->journal->id, error);
  if (new == NULL || !vg_turn_try (new, job->config->max_jobs, &begins, error)
      || (!begins && !wait_for_turn (job, new, error)))
    return FALSE;
  *turn = g_steal_pointer (&new);
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The start and the end of a job. */
#include "job/stages.h"

#include "job/outcome.h"
#include "job/record.h"
#include "job/undo.h"

VgLock *
vg_job_lock (VgJob *job, GError **error)
{
  const VgJournal *journal = job->journal;

  job->lock =
      vg_lock_take (job->config->state_path, journal->uuid, journal->id, error);
  if (job->lock == NULL)
    g_prefix_error (error, "domain %s: ", journal->domain);
  return job->lock;
}

void
vg_job_tidy (const VgConfig *config)
{
  vg_journal_prune (config->state_path, VG_JOBS_KEPT);
}

gboolean
vg_job_begin (const VgJob *job, const VgReport *report, GError **error)
{
  /* In this order: see begun in VgReport. */
  vg_report_begun (report);
  if (g_cancellable_set_error_if_cancelled (job->cancellable, error))
    return FALSE;
  return vg_journal_write (job->journal, error);
}

gboolean
vg_job_finish (const VgJob *job, const GError *failure, GError **why)
{
  VgJournal *journal = job->journal;
  g_autoptr (GError) unwritten = NULL;
  gboolean undone = vg_undo_unwritten (journal, 0, &job->peers, why);

  journal->state = VG_JOB_DONE;
  journal->finished = g_get_real_time () / G_USEC_PER_SEC;
  if (failure != NULL)
    vg_outcome_note (journal, failure);
  if (vg_journal_write (journal, &unwritten))
    return undone;
  if (undone)
    g_propagate_error (why, g_steal_pointer (&unwritten));
  return FALSE;
}

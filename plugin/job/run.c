/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a snapshot: plans the job, creates and fills its images, then keeps them
 * or undoes everything. */
#include "job/run.h"

#include "job/ahead.h"
#include "job/attempts.h"
#include "job/await-turn.h"
#include "job/copy.h"
#include "job/create-images.h"
#include "job/flatten.h"
#include "job/images.h"
#include "job/outcome.h"
#include "job/record.h"
#include "job/recover.h"
#include "job/rehearsal.h"
#include "job/stages.h"
#include "job/undo-files.h"
#include "job/undo.h"
#include "journal/lock.h"
#include "util/interruption.h"

/* A job, and the objects it owns. */
typedef struct {
  VgJob job;
  GCancellable *cancellable; /* our own: cancelled by the caller's, or when
                                space runs out */
  VgGuest *guest;
  VgCeph *ceph;
  VgLock *lock;
  VgTurn *turn;
  VgJournal *journal;
  VgPlan *plan;
  VgAhead *ahead;
  VgThawWatchdog *watchdog; /* for the first freeze, until then */
} Run;

static void
clear_run (Run *run)
{
  vg_ahead_free (run->ahead);
  if (run->watchdog != NULL)
    vg_thaw_watchdog_release (run->watchdog, FALSE);
  vg_plan_free (run->plan);
  vg_turn_free (run->turn);
  vg_lock_free (run->lock);
  vg_ceph_free (run->ceph);
  vg_guest_free (run->guest);
  g_clear_object (&run->cancellable);
  vg_journal_free (run->journal);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, clear_run)

/* The end */

static void
throw_leftover (const VgJob *job, const GError *failure, const GError *why,
                GError **error)
{
  g_autofree char *list = vg_images_list (job->journal);
  /* A job that was cancelled is not to be repeated. */
  gboolean late =
      g_error_matches (why, VG_RUN_ERROR, VG_RUN_ERROR_LATE)
      && (failure == NULL || vg_outcome_of (failure) != VG_FAILURE_CANCELLED);

  if (failure != NULL)
    g_set_error (error, VG_RUN_ERROR,
                 late ? VG_RUN_ERROR_LATE : VG_RUN_ERROR_LEFTOVER,
                 "%s; in addition, the rollback is incomplete (%s); run "
                 "'virt-glance recover'",
                 failure->message, why->message);
  else
    g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER,
                 "%s of domain %s is active, but the cleanup is incomplete "
                 "(%s); run 'virt-glance recover'",
                 list, job->journal->domain, why->message);
}

/* An earlier failure takes precedence over a new one. */
static void
finish_job (const VgJob *job, const GError *failure, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (!vg_job_finish (job, failure, &why))
    throw_leftover (job, failure, why, error);
  else if (failure != NULL)
    g_propagate_error (error, g_error_copy (failure));
}

/* Whether the journal exists already or not. */
static void
name_interruption (const VgJob *job, GError **error)
{
  if (job->journal != NULL)
    vg_interruption_name (error, "the snapshot of domain %s",
                          job->journal->domain);
}

/* Progress */

/* Frees the instant first: a copy may take hours, and the guest would fill its
 * scratch file meanwhile. Steps that can't be undone now are tried again later.
 */
static gboolean
copy_images (const VgJob *job, GError **error)
{
  g_autoptr (GError) ignored = NULL;

  if (!job->config->copy_to_base_stores)
    return TRUE;
  if (!vg_undo_steps (job->journal, 0, &job->peers, &ignored))
    g_debug ("job %s: %s", job->journal->id, ignored->message);
  return vg_copy_images (job, error);
}

/* Journals the remaining flattening first, so that it survives a crash. */
static gboolean
keep_images (const VgJob *job, GPtrArray **flattenings, GError **error)
{
  if (!vg_images_share (job, error))
    return FALSE;
  if (!vg_images_protect (job, error))
    return FALSE;
  *flattenings = vg_flatten_note (job, error);
  if (*flattenings == NULL)
    return FALSE;
  if (vg_journal_keep_images (job->journal, error))
    return TRUE;
  vg_flatten_drop (*flattenings);
  return FALSE;
}

/* FALSE also if the images are kept, but a copy failed. */
static gboolean
make_images (Run *run, GPtrArray **flattenings, GError **error)
{
  const VgJob *job = &run->job;
  g_autoptr (VgCreation) creation = NULL;

  vg_report_phase (job->report, "Creating the image");
  creation = vg_creation_start (job, error);
  if (creation == NULL)
    return FALSE;
  if (!vg_attempts_make (job, creation, &run->watchdog, error))
    return FALSE;
  if (!keep_images (job, flattenings, error))
    return FALSE;
  return copy_images (job, error);
}

static void
carry_out (Run *run, GError **error)
{
  const VgJob *job = &run->job;
  g_autoptr (GPtrArray) flattenings = NULL;
  g_autoptr (GError) why = NULL;

  run->watchdog = vg_ahead_take_watchdog (run->ahead, job);
  if (!make_images (run, &flattenings, &why))
    name_interruption (job, &why);
  finish_job (job, why, error);
  for (guint i = 0; flattenings != NULL && i < flattenings->len; i++)
    vg_flatten_start (flattenings->pdata[i], job->config, job->report);
}

/* Start */

static gboolean
take_lock (Run *run, GError **error)
{
  run->lock = vg_job_lock (&run->job, error);
  return run->lock != NULL;
}

/* Undoes what dead jobs left on the domain, whose lock is held: so nobody adds
 * to it unseen. Undoing takes that lock itself. */
static gboolean
undo_left (Run *run, GError **error)
{
  const VgJob *job = &run->job;
  const char *uuid = run->journal->uuid;
  g_autofree char *left = NULL;

  /* Without journals there is no new job either, which says why. */
  if (vg_journal_may_read (job->config->state_path, NULL))
    left = vg_recover_find (job->config, uuid);
  /* Nor is a disk half overwritten then. */
  if (left == NULL)
    return TRUE;
  g_clear_pointer (&run->lock, vg_lock_free);
  vg_recover_domain (job->config, uuid, job->report);
  return take_lock (run, error)
         && vg_check_disks_whole (job->config, uuid, error);
}

/* Excludes other jobs on the domain from here on. */
static gboolean
lock_domain (Run *run, VgHost *host, GError **error)
{
  VgJob *job = &run->job;

  job->peers.guest = run->guest =
      vg_guest_find (host, job->request->domain, error);
  if (run->guest == NULL)
    return FALSE;
  job->journal = run->journal = vg_job_new_journal (
      job->config, vg_guest_get_name (run->guest),
      vg_guest_get_uuid (run->guest), vg_host_get_uri (host), job->request);
  if (!take_lock (run, error) || !undo_left (run, error))
    return FALSE;
  /* Not earlier: receivers of the id watch the directory of the job's state. */
  vg_report_job (job->report, run->journal->id);
  return TRUE;
}

static gboolean
plan_job (Run *run, VgHost *host, GError **error)
{
  VgJob *job = &run->job;
  gboolean ok;

  vg_job_tidy (job->config);
  job->peers.ceph = run->ceph = vg_ceph_new (job->config, host);
  ok = vg_rehearsal_plan (job, FALSE, &run->plan, error);
  run->journal->project_id =
      g_strdup (vg_glance_get_project_id (job->peers.glance));
  return ok;
}

static void
report_plan (const VgJob *job)
{
  char **left_out = job->plan->left_out;

  for (; *left_out != NULL; left_out++)
    vg_report_phase (job->report,
                     "Leaving out disk %s, Nova's swap disk ('--disk %s' "
                     "uploads it)",
                     *left_out, *left_out);
  for (guint i = 0; i < job->plan->warnings->len; i++)
    vg_report_warning (job->report, "%s",
                       (char *) job->plan->warnings->pdata[i]);
}

static gboolean
prepare_journal (Run *run, VgHost *host, GError **error)
{
  VgJob *job = &run->job;

  if (!vg_job_check_window (job->request, job->config, error))
    return FALSE;
  job->ahead = run->ahead =
      vg_ahead_start (job->peers.glance, job->cancellable);
  if (!lock_domain (run, host, error)
      || !vg_job_await_turn (job, &run->turn, error)
      || !plan_job (run, host, error))
    return FALSE;
  job->journal->not_contained = g_strdupv (job->sources->domain->not_contained);
  report_plan (job);
  vg_create_plan (job);
  return vg_job_begin (job, job->report, error);
}

/* Of a job that failed before its journal was written. */
static void
record_failure (Run *run, VgHost *host, const GError *why)
{
  const VgJob *job = &run->job;

  if (run->journal == NULL)
    run->journal = vg_job_new_journal (job->config, job->request->domain, NULL,
                                       vg_host_get_uri (host), job->request);
  vg_job_record_failure (run->journal, job->config, job->report, why);
}

static void
forward_cancel (GCancellable *from G_GNUC_UNUSED, gpointer to)
{
  g_cancellable_cancel (to);
}

VgJournal *
vg_run_snapshot (const VgRequest *request, const VgConfig *config, VgHost *host,
                 VgGlance *glance, const VgReport *report,
                 GCancellable *cancellable, GError **rest, GError **error)
{
  g_auto (Run) run = { .job = { .request = request,
                                .config = config,
                                .report = report,
                                .peers.glance = glance } };
  g_autoptr (GError) why = NULL;
  gulong connected = 0;

  vg_glance_set_upload_rate (glance, vg_request_get_rate (request, config));
  run.job.cancellable = run.cancellable = g_cancellable_new ();
  if (cancellable != NULL)
    connected = g_cancellable_connect (cancellable, G_CALLBACK (forward_cancel),
                                       run.cancellable, NULL);
  if (prepare_journal (&run, host, &why)) {
    carry_out (&run, &why);
  } else {
    name_interruption (&run.job, &why);
    record_failure (&run, host, why);
  }
  if (cancellable != NULL)
    g_cancellable_disconnect (cancellable, connected);
  if (why == NULL)
    return g_steal_pointer (&run.journal);
  if (run.journal != NULL && vg_journal_has_kept (run.journal)) {
    g_propagate_error (rest, g_steal_pointer (&why));
    return g_steal_pointer (&run.journal);
  }
  g_propagate_error (error, g_steal_pointer (&why));
  return NULL;
}

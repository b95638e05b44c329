/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attempts at the instant. The images are created first and kept during all
 * attempts. If the domain is started or stopped meanwhile, or somebody ends its
 * backup job, the instant is lost: its steps are undone, and it is taken again
 * in the new state. */
#include "job/attempts.h"

#include "instant/instant.h"
#include "job/error.h"
#include "job/gather.h"
#include "job/give-way.h"
#include "job/images.h"
#include "job/precheck.h"
#include "job/transfer.h"
#include "job/undo.h"

#define MAX_ATTEMPTS 5

/* Adds the disk's name to the error; the rooms below don't know it. */
static void
name_disk (const VgJob *job, const VgJobImage *image, GError *error)
{
  char *message = error->message;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || g_error_matches (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE))
    return;
  error->message = g_strdup_printf ("disk %s of domain %s: %s", image->disk,
                                    job->sources->domain->name, message);
  g_free (message);
}

static gboolean
transfer_disks (const VgJob *job, VgInstant *instant, GError **error)
{
  for (guint i = 0; i < job->plan->images->len; i++)
    if (!vg_transfer_disk (job, instant, i, error)) {
      name_disk (job, job->journal->images->pdata[i], *error);
      return FALSE;
    }
  return TRUE;
}

static VgInstantContext
get_context (const VgJob *job, VgThawWatchdog **watchdog)
{
  VgInstantContext context = {
    .config = job->config,
    .guest = job->peers.guest,
    .ceph = job->peers.ceph,
    .sources = job->sources,
    .journal = job->journal,
    .report = job->report,
    .cancellable = job->cancellable,
    .guardian = watchdog,
  };

  return context;
}

static void
report_attempt (const VgJob *job)
{
  const VgPlanSources *sources = job->sources;

  if (job->request->from != NULL)
    vg_report_phase (job->report, "Reading the snapshot '%s' of domain %s",
                     job->request->from, sources->domain->name);
  else
    vg_report_phase (job->report, "Taking the snapshot of domain %s (%s)",
                     sources->domain->name,
                     sources->active ? "running" : "shut off");
}

static gboolean
attempt_once (const VgJob *job, VgThawWatchdog **watchdog, GError **error)
{
  VgInstantContext context = get_context (job, watchdog);
  g_autoptr (VgInstant) instant = NULL;

  report_attempt (job);
  instant = vg_instant_take (&context, error);
  if (instant == NULL)
    return FALSE;
  if (transfer_disks (job, instant, error))
    return TRUE;
  vg_instant_explain (instant, error);
  return FALSE;
}

/* After a lost instant: undoes the steps from number first on, and determines
 * the sources again. */
static VgPlanSources *
start_over (const VgJob *job, guint first, GError **error)
{
  if (!vg_undo_steps (job->journal, first, &job->peers, error))
    return NULL;
  /* A domain that runs on has lost its backup job by somebody's doing, or is
   * another run of it, which is left alone for a moment as well. */
  if (job->sources->active && !vg_give_way (job, error))
    return NULL;
  if (!vg_images_renew (job, error))
    return NULL;
  if (job->request->from == NULL && !vg_gather_await_agent (job, error))
    return NULL;
  return vg_gather_sources (job, error);
}

/* The domain may have been saved since the plan was made. */
static gboolean
accept_sources (const VgJob *job, GError **error)
{
  const VgPlanSources *sources = job->sources;
  g_autofree char *text = NULL;

  if (!vg_precheck_saved (job, error))
    return FALSE;
  g_strfreev (job->journal->not_contained);
  job->journal->not_contained = g_strdupv (sources->domain->not_contained);
  if (sources->saved)
    text = vg_plan_sources_describe_saved (sources);
  if (text != NULL)
    vg_report_warning (job->report, "%s", text);
  return TRUE;
}

/* Whether to try again after the error why. */
static gboolean
check_again (const GError *why, guint tries, GError **error)
{
  if (!g_error_matches (why, VG_DISK_ERROR, VG_DISK_ERROR_GONE)) {
    g_propagate_error (error, g_error_copy (why));
    return FALSE;
  }
  if (tries < MAX_ATTEMPTS)
    return TRUE;
  g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_RESTLESS,
               "failed after %d attempts: %s", MAX_ATTEMPTS, why->message);
  return FALSE;
}

gboolean
vg_attempts_make (const VgJob *job, VgThawWatchdog **watchdog, GError **error)
{
  VgJob now = *job;
  g_autoptr (VgPlanSources) renewed = NULL;

  for (guint try = 1;; try++) {
    guint first = job->journal->steps->len;
    g_autoptr (GError) why = NULL;
    VgPlanSources *sources;

    if (attempt_once (&now, watchdog, &why))
      return TRUE;
    if (!check_again (why, try, error))
      return FALSE;
    vg_report_warning (job->report, "%s; beginning again", why->message);
    sources = start_over (&now, first, error);
    if (sources == NULL)
      return FALSE;
    vg_plan_sources_free (renewed);
    now.sources = renewed = sources;
    if (!accept_sources (&now, error))
      return FALSE;
  }
}

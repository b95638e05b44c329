/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attempts at the instant. The images are created while the first one is
 * prepared, and kept during all attempts. If the domain is started or stopped
 * meanwhile, or somebody ends its backup job, the instant is lost: its steps
 * are undone, and it is taken again in the new state; unless its end was an
 * order to stop. */
#include "job/attempts.h"

#include "host/backup.h"
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

static gboolean
await_images (gpointer data, GError **error)
{
  return vg_creation_await (data, error);
}

static VgInstantContext
get_context (const VgJob *job, VgCreation *creation, VgThawWatchdog **watchdog)
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
    .await = await_images,
    .await_data = creation,
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
attempt_once (const VgJob *job, VgCreation *creation, VgThawWatchdog **watchdog,
              GError **error)
{
  VgInstantContext context = get_context (job, creation, watchdog);
  g_autoptr (VgInstant) instant = NULL;
  g_autoptr (GError) why = NULL;

  report_attempt (job);
  instant = vg_instant_take (&context, &why);
  /* What Glance refused comes first, and ends the job. */
  if (!vg_creation_await (creation, error))
    return FALSE;
  if (instant == NULL) {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  if (transfer_disks (job, instant, error))
    return TRUE;
  vg_instant_explain (instant, error);
  return FALSE;
}

/* NULL: the attempt has none. */
static const VgStep *
find_backup (const VgJournal *journal, guint first)
{
  for (guint i = first; i < journal->steps->len; i++) {
    const VgStep *step = journal->steps->pdata[i];

    if (step->kind == VG_STEP_BACKUP)
      return step;
  }
  return NULL;
}

/* Whether the attempt whose steps are those from number first on lost its
 * backup job by an order to libvirt, in a run of the domain that goes on. If
 * QEMU failed instead, *why becomes what it says. */
static gboolean
was_ordered (const VgJob *job, guint first, guint epoch, GError **why)
{
  const VgStep *step = find_backup (job->journal, first);
  const char *name = job->sources->domain->name;
  VgGuest *guest = job->peers.guest;
  g_autofree char *fault = NULL;
  gboolean active, running;

  if (step == NULL || !vg_guest_get_active (guest, &active, NULL) || !active
      || vg_guest_get_epoch (guest) != epoch
      || !vg_backup_is_running (guest, step->object, &running, NULL) || running)
    return FALSE;
  switch (vg_backup_get_end (guest, &fault)) {
  case VG_BACKUP_END_ORDERED:
    return TRUE;
  case VG_BACKUP_END_FAILED:
    g_clear_error (why);
    g_set_error (why, VG_DISK_ERROR, VG_DISK_ERROR_GONE,
                 "QEMU's part of the backup job of domain %s failed%s%s", name,
                 fault != NULL ? ": " : "", fault != NULL ? fault : "");
    return FALSE;
  case VG_BACKUP_END_UNKNOWN:
    break;
  }
  return FALSE;
}

static void
report_loss (const VgJob *job, gboolean ordered, const GError *why)
{
  if (ordered)
    vg_report_warning (job->report,
                       "%s; the snapshot ends too, unless the domain is used "
                       "otherwise, or stops, within %d s",
                       why->message, (int) (VG_CALM_FOR_US / G_USEC_PER_SEC));
  else
    vg_report_warning (job->report, "%s; beginning again", why->message);
}

/* After an order: who ended the backup job for something else has shown that
 * now, or the domain has stopped. */
static gboolean
check_need (const VgJob *job, gboolean alone, const GError *why, GError **error)
{
  if (!alone) {
    vg_report_warning (job->report, "%s; beginning again", why->message);
    return TRUE;
  }
  g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_ENDED,
               "the backup job of domain %s was ended by another program "
               "(virsh domjobabort?)",
               job->sources->domain->name);
  return FALSE;
}

/* A domain that runs on has lost its backup job by somebody's doing, or is
 * another run of it, which is left alone for a moment as well. */
static gboolean
give_way (const VgJob *job, gboolean ordered, const GError *why, GError **error)
{
  gboolean alone;

  return !job->sources->active
         || (vg_give_way (job, &alone, error)
             && (!ordered || check_need (job, alone, why, error)));
}

/* After a lost instant, by why: undoes the steps from number first on, and
 * determines the sources again. */
static VgPlanSources *
start_over (const VgJob *job, guint first, gboolean ordered, const GError *why,
            GError **error)
{
  if (!vg_undo_steps (job->journal, first, &job->peers, error))
    return NULL;
  if (!give_way (job, ordered, why, error))
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

static gboolean
is_lost (const GError *why)
{
  return g_error_matches (why, VG_DISK_ERROR, VG_DISK_ERROR_GONE);
}

/* Whether to try again after the error why. */
static gboolean
check_again (const GError *why, guint tries, GError **error)
{
  if (!is_lost (why)) {
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
vg_attempts_make (const VgJob *job, VgCreation *creation,
                  VgThawWatchdog **watchdog, GError **error)
{
  VgJob now = *job;
  g_autoptr (VgPlanSources) renewed = NULL;

  for (guint try = 1;; try++) {
    guint first = job->journal->steps->len;
    guint epoch = vg_guest_get_epoch (job->peers.guest);
    gboolean ordered;
    g_autoptr (GError) why = NULL;
    VgPlanSources *sources;

    if (attempt_once (&now, creation, watchdog, &why))
      return TRUE;
    ordered = is_lost (why) && was_ordered (&now, first, epoch, &why);
    if (!check_again (why, try, error))
      return FALSE;
    report_loss (&now, ordered, why);
    sources = start_over (&now, first, ordered, why, error);
    if (sources == NULL)
      return FALSE;
    vg_plan_sources_free (renewed);
    now.sources = renewed = sources;
    if (!accept_sources (&now, error))
      return FALSE;
  }
}

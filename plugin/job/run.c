/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running a snapshot. The images are made first and kept while the instant is
 * taken and read; when the domain is started or stopped meanwhile the instant
 * is lost, its steps are undone, and it is taken again on the new state. */
#include "job/run.h"

#include "host/guest.h"
#include "job/copy.h"
#include "job/flatten.h"
#include "util/directory.h"
#include "instant/quiesce.h"
#include "job/gather.h"
#include "job/images.h"
#include "instant/instant.h"
#include "journal/lock.h"
#include "job/recover.h"
#include "instant/scratch-space.h"
#include "job/transfer.h"
#include "job/undo.h"
#include "plan/error.h"

#define MAX_ATTEMPTS 5
#define KEEP_JOURNALS 200

/* How long a guest agent that is connected may take to answer. */
#define AGENT_ANSWER_S 5

typedef struct {
  const VgRequest *request;
  const VgConfig *config;
  VgGlance *glance;
  const VgReport *report;
  GCancellable *cancellable; /* ours: the caller's, or the end of space */

  VgGuest *guest;
  VgCeph *ceph;
  const VgPlan *plan;
  const VgPlanSources *sources; /* of this attempt: the plan's, or renewed */
  VgPlan *owned_plan;
  VgPlanSources *renewed; /* after a lost instant; or NULL */
  VgLock *lock;
  VgJournal *journal;
  VgThawWatchdog *guardian; /* of the first freeze, until then */
} Run;

static VgImages
get_images (const Run *run)
{
  VgImages images = { .plan = run->plan,
                      .journal = run->journal,
                      .glance = run->glance,
                      .report = run->report,
                      .cancellable = run->cancellable };

  return images;
}

static VgGather
get_gather (const Run *run)
{
  VgGather gather = { .request = run->request,
                      .config = run->config,
                      .guest = run->guest,
                      .glance = run->glance,
                      .ceph = run->ceph,
                      .cancellable = run->cancellable };

  return gather;
}

static gboolean
undo_from (const Run *run, guint first, GError **error)
{
  VgPeers peers = { run->guest, run->glance, run->ceph };

  return vg_undo_steps (run->journal, first, &peers, error);
}

static void
clear_run (Run *run)
{
  if (run->guardian != NULL)
    vg_thaw_watchdog_release (run->guardian, FALSE);
  vg_plan_sources_free (run->renewed);
  vg_plan_free (run->owned_plan);
  vg_lock_free (run->lock);
  vg_ceph_free (run->ceph);
  vg_guest_free (run->guest);
  g_clear_object (&run->cancellable);
  g_clear_pointer (&run->journal, vg_journal_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, clear_run)

static gboolean
check_quiesce (const Run *run, GError **error)
{
  const VgDomain *domain = run->plan->sources->domain;
  const char *reason = run->plan->sources->quiesce_reason;

  if (run->plan->sources->quiesce != VG_QUIESCE_REQUIRE)
    return TRUE;
  if (domain->agent_connected)
    return vg_guest_check_agent (run->guest, AGENT_ANSWER_S, error);
  g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_AGENT,
               "domain %s can't be quiesced: %s; use --quiesce auto to do "
               "without%s%s",
               domain->name, vg_quiesce_get_obstacle (domain),
               reason != NULL ? ": it is required by " : "",
               reason != NULL ? reason : "");
  return FALSE;
}

/* A job that is in the way may be what a snapshot left that died: it never
 * ends by itself. */
static gboolean
check_idle (const Run *run, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autofree char *dead = NULL;

  if (vg_guest_check_idle (run->guest, &why))
    return TRUE;
  if (g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_BUSY))
    dead = vg_recover_find (run->config, run->journal->uuid);
  if (dead != NULL)
    g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_BUSY,
                 "domain %s still has the backup job of a snapshot that died "
                 "(job %s); run 'virt-glance recover' and try again",
                 run->journal->domain, dead);
  else
    g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

/* What the snapshot of a running domain needs, before anything is made. */
static gboolean
check_running (const Run *run, GError **error)
{
  const char *directory = run->config->snapshots_directory;

  if (!check_quiesce (run, error))
    return FALSE;
  if (!vg_plan_sources_have_transport (run->plan->sources, VG_TRANSPORT_READ))
    return TRUE;
  return check_idle (run, error)
         && (vg_directory_ensure (directory, 0711, error)
             || vg_directory_blame (VG_DIRECTORY_SCRATCH_OPTION, error))
         && vg_scratch_space_check (directory, run->config->scratch_reserve,
                                    error);
}

/* One disk */

/* Says which disk it was, which the rooms below don't know. */
static void
name_disk (const Run *run, const VgJobImage *image, GError *error)
{
  char *message = error->message;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || g_error_matches (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE))
    return;
  error->message = g_strdup_printf ("disk %s of domain %s: %s", image->disk,
                                    run->sources->domain->name, message);
  g_free (message);
}

static gboolean
copy_disks (Run *run, VgInstant *instant, GError **error)
{
  VgImages images = get_images (run);
  VgTransfer transfer = { &images, instant, run->ceph };

  for (guint i = 0; i < run->plan->images->len; i++) {
    VgPlanDisk planned = vg_plan_get_disk (run->plan, i);
    VgJobImage *image = run->journal->images->pdata[i];

    if (!vg_transfer_disk (&transfer, &planned, run->sources->list->pdata[i],
                           image, error)) {
      name_disk (run, image, *error);
      return FALSE;
    }
  }
  return TRUE;
}

/* The attempts */

static VgInstantContext
get_context (Run *run)
{
  VgInstantContext context = {
    .config = run->config,
    .guest = run->guest,
    .ceph = run->ceph,
    .sources = run->sources,
    .journal = run->journal,
    .report = run->report,
    .cancellable = run->cancellable,
    .guardian = &run->guardian,
  };

  return context;
}

static gboolean
attempt (Run *run, GError **error)
{
  VgInstantContext context = get_context (run);
  g_autoptr (VgInstant) instant = NULL;

  if (run->request->from != NULL)
    vg_report_phase (run->report, "Reading the snapshot '%s' of domain %s",
                     run->request->from, run->sources->domain->name);
  else
    vg_report_phase (run->report, "Taking the snapshot of domain %s (%s)",
                     run->sources->domain->name,
                     run->sources->active ? "running" : "shut off");
  instant = vg_instant_take (&context, error);
  if (instant == NULL)
    return FALSE;
  if (copy_disks (run, instant, error))
    return TRUE;
  vg_instant_explain (instant, error);
  return FALSE;
}

static gboolean
look_again (Run *run, GError **error)
{
  VgGather gather = get_gather (run);
  VgPlanSources *sources;

  if (run->request->from == NULL
      && !vg_gather_await_agent (run->guest, run->report, run->cancellable,
                                 error))
    return FALSE;
  sources = vg_gather_sources (&gather, run->plan, error);
  if (sources == NULL)
    return FALSE;
  vg_plan_sources_free (run->renewed);
  run->sources = run->renewed = sources;
  return TRUE;
}

static gboolean
attempt_until_done (Run *run, GError **error)
{
  guint first_step = run->journal->steps->len;
  VgImages images = get_images (run);

  for (guint try = 1;; try++) {
    g_autoptr (GError) why = NULL;

    if (attempt (run, &why))
      return TRUE;
    if (!g_error_matches (why, VG_DISK_ERROR, VG_DISK_ERROR_GONE)) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
    if (try == MAX_ATTEMPTS) {
      g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_RESTLESS,
                   "given up after %d attempts: %s", MAX_ATTEMPTS,
                   why->message);
      return FALSE;
    }
    vg_report_warning (run->report, "%s; beginning again", why->message);
    if (!undo_from (run, first_step, error) || !vg_images_renew (&images, error)
        || !look_again (run, error))
      return FALSE;
    first_step = run->journal->steps->len;
  }
}

static gboolean
throw_leftover (const Run *run, const GError *failure, const GError *why,
                GError **error)
{
  VgImages images = get_images (run);
  g_autofree char *list = vg_images_list (&images);

  if (failure != NULL)
    g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER,
                 "%s; besides, not all could be cleaned up (%s); run "
                 "'virt-glance recover'",
                 failure->message, why->message);
  else
    g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER,
                 "%s of domain %s is active, but not all could be cleaned up "
                 "(%s); run 'virt-glance recover'",
                 list, run->journal->domain, why->message);
  return FALSE;
}

/* Undoes what is not kept, and says in the journal how it ended. What failed
 * before goes before what fails now. */
static gboolean
finish (Run *run, GError *failure, GError **error)
{
  g_autoptr (GError) why = NULL;
  gboolean undone = undo_from (run, 0, &why);
  g_autoptr (GError) unwritten = NULL;

  run->journal->state = failure == NULL ? VG_JOB_DONE : VG_JOB_FAILED;
  run->journal->finished = g_get_real_time () / G_USEC_PER_SEC;
  if (failure != NULL)
    run->journal->error = g_strdup (failure->message);
  if (!vg_journal_write (run->journal, &unwritten) && undone) {
    undone = FALSE;
    why = g_steal_pointer (&unwritten);
  }
  if (!undone)
    return throw_leftover (run, failure, why, error);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_error_copy (failure));
  return FALSE;
}

/* Who interrupted it needn't hear at which step. */
static void
name_interruption (const Run *run, GError **error)
{
  if (!g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_error (error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
               "the snapshot of domain %s was interrupted",
               run->journal->domain);
}

/* The instant is let go first: a copy may take hours, and the guest is not to
 * fill its scratch file meanwhile. What can't be undone now is tried again. */
static void
copy_images (Run *run, GError **error)
{
  g_autoptr (GError) ignored = NULL;

  if (!run->config->copy_to_base_stores)
    return;
  if (!undo_from (run, 0, &ignored))
    g_debug ("job %s: %s", run->journal->id, ignored->message);
  vg_copy_images (run->plan, run->journal, run->glance, run->report,
                  run->cancellable, error);
}

/* What is left to be flattened is noted first, or nobody would know of it if we
 * died then. */
static gboolean
keep_images (const VgImages *images, const VgConfig *config,
             GPtrArray **flattenings, GError **error)
{
  if (!vg_images_share (images, error) || !vg_images_protect (images, error))
    return FALSE;
  *flattenings = vg_flatten_note (images, config, error);
  if (*flattenings == NULL)
    return FALSE;
  if (vg_journal_keep_images (images->journal, error))
    return TRUE;
  vg_flatten_drop (*flattenings);
  g_ptr_array_set_size (*flattenings, 0);
  return FALSE;
}

static gboolean
carry_out (Run *run, GError **error)
{
  VgInstantContext context = get_context (run);
  VgImages images = get_images (run);
  g_autoptr (GPtrArray) flattenings = NULL;
  g_autoptr (GError) why = NULL;
  gboolean ok;

  run->guardian = vg_quiesce_prepare (&context);
  if (vg_images_create (&images, &why) && attempt_until_done (run, &why)
      && keep_images (&images, run->config, &flattenings, &why))
    copy_images (run, &why);
  name_interruption (run, &why);
  ok = finish (run, why, error);
  for (guint i = 0; flattenings != NULL && i < flattenings->len; i++)
    vg_flatten_start (flattenings->pdata[i], run->config, run->report);
  return ok;
}

static gboolean
prepare (Run *run, VgHost *host, GError **error)
{
  VgGather gather;

  run->guest = vg_guest_find (host, run->request->domain, error);
  if (run->guest == NULL)
    return FALSE;
  run->journal = vg_journal_new (run->config->state_path);
  run->journal->domain = g_strdup (vg_guest_get_name (run->guest));
  run->journal->uuid = g_strdup (vg_guest_get_uuid (run->guest));
  run->journal->uri = g_strdup (vg_host_get_uri (host));
  run->journal->order = g_strdup (run->request->order);
  run->lock = vg_lock_take (run->config->state_path, run->journal->uuid,
                            run->journal->id, error);
  if (run->lock == NULL) {
    g_prefix_error (error, "domain %s: ", run->journal->domain);
    return FALSE;
  }
  /* Not before: who hears of a job watches the folder of its state. */
  vg_report_job (run->report, run->journal->id);
  run->ceph = vg_ceph_new (run->config, host);
  gather = get_gather (run);
  run->plan = run->owned_plan = vg_gather_plan (&gather, error);
  run->journal->project_id = g_strdup (vg_glance_get_project_id (run->glance));
  if (run->plan == NULL
      || (run->plan->sources->active && !check_running (run, error)))
    return FALSE;
  run->sources = run->plan->sources;
  run->journal->not_contained =
      g_strdupv (run->plan->sources->domain->not_contained);
  for (guint i = 0; i < run->plan->warnings->len; i++)
    vg_report_warning (run->report, "%s",
                       (char *) run->plan->warnings->pdata[i]);
  vg_journal_prune (run->config->state_path, KEEP_JOURNALS);
  /* Before anything is made: a job whose journal can't be written is none. */
  return vg_journal_write (run->journal, error);
}

static void
forward_cancel (GCancellable *from G_GNUC_UNUSED, gpointer to)
{
  g_cancellable_cancel (to);
}

VgJournal *
vg_run_snapshot (const VgRequest *request, const VgConfig *config, VgHost *host,
                 VgGlance *glance, const VgReport *report,
                 GCancellable *cancellable, GError **error)
{
  g_auto (Run) run = {
    .request = request, .config = config, .glance = glance, .report = report
  };
  gulong connected = 0;
  gboolean ok;

  vg_glance_set_upload_rate (glance, vg_request_get_rate (request, config));
  run.cancellable = g_cancellable_new ();
  if (cancellable != NULL)
    connected = g_cancellable_connect (cancellable, G_CALLBACK (forward_cancel),
                                       run.cancellable, NULL);
  ok = prepare (&run, host, error) && carry_out (&run, error);
  if (cancellable != NULL)
    g_cancellable_disconnect (cancellable, connected);
  return ok ? g_steal_pointer (&run.journal) : NULL;
}

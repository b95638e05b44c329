/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* As job/run.c does: lock, plan, journal, steps; then they are kept or undone.
 */
#include "restore/guest.h"

#include "job/await-turn.h"
#include "job/flatten.h"
#include "job/record.h"
#include "job/recover.h"
#include "job/stages.h"
#include "job/undo-files.h"
#include "journal/lock.h"
#include "restore/exchange.h"
#include "restore/restored.h"
#include "util/interruption.h"
#include "util/text.h"

/* A job, and the objects that it owns. */
typedef struct {
  VgJob job;
  VgReport report; /* tells the lock how much is done, and another report */
  const VgReport *told;
  VgRequest *request;
  VgGuest *guest;
  VgJournal *journal;
  VgCeph *ceph;
  VgLock *lock;
  VgTurn *turn;
  guint number, n_disks; /* the disk that is being made */
} Run;

static void
clear_run (Run *run)
{
  vg_turn_free (run->turn);
  vg_lock_free (run->lock);
  vg_ceph_free (run->ceph);
  vg_guest_free (run->guest);
  vg_request_free (run->request);
  vg_journal_free (run->journal);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, clear_run)

static VgGuestPlan *
plan_for (const VgGuestRestore *wanted, const VgConfig *config,
          const VgPeers *peers, GCancellable *cancellable, GError **error)
{
  return vg_guest_plan_new (&wanted->choice, wanted->overwrite, config, peers,
                            cancellable, error);
}

VgGuestPlan *
vg_guest_restore_rehearse (const VgGuestRestore *wanted, const VgConfig *config,
                           VgHost *host, VgGlance *glance,
                           GCancellable *cancellable, GError **error)
{
  g_autoptr (VgGuest) guest = vg_guest_find (host, wanted->domain, error);
  g_autoptr (VgCeph) ceph = vg_ceph_new (config, host);
  const VgPeers peers = { .guest = guest, .glance = glance, .ceph = ceph };

  return guest != NULL ? plan_for (wanted, config, &peers, cancellable, error)
                       : NULL;
}

/* Progress */

static void
note_progress (guint64 got, guint64 total, gpointer data)
{
  Run *run = data;
  guint64 share = total > 0 ? 100 * MIN (got, total) / total : 0;

  vg_lock_set_percent (run->lock,
                       (guint) ((100 * run->number + share) / run->n_disks));
  if (run->told->progress != NULL)
    run->told->progress (got, total, run->told->data);
}

static void
note_phase (const char *text, gpointer data)
{
  const Run *run = data;

  vg_report_phase (run->told, "%s", text);
}

static void
note_warning (const char *text, gpointer data)
{
  const Run *run = data;

  vg_report_warning (run->told, "%s", text);
}

/* The work */

static gboolean
make_disk (Run *run, VgGuestDisk *disk, GError **error)
{
  g_autofree char *now = NULL, *before = NULL;

  if (!disk->kind->make (&run->job, disk, error))
    return FALSE;
  now = vg_text_format_size (disk->capacity);
  before = vg_text_format_size (disk->was);
  if (disk->was != 0 && disk->was != disk->capacity)
    vg_report_warning (run->told,
                       "disk %s of domain %s has a size of %s, and had %s: it "
                       "gets that of the image",
                       disk->target, run->journal->domain, now, before);
  return TRUE;
}

static gboolean
make_disks (Run *run, VgGuestPlan *plan, GPtrArray *flattenings, GError **error)
{
  run->n_disks = plan->disks->len;
  for (run->number = 0; run->number < run->n_disks; run->number++)
    if (!make_disk (run, plan->disks->pdata[run->number], error))
      return FALSE;
  return vg_exchange_disks (&run->job, plan, flattenings, error);
}

static void
note_images (VgJournal *journal, const VgGuestPlan *plan)
{
  for (guint i = 0; i < plan->disks->len; i++) {
    const VgGuestDisk *disk = plan->disks->pdata[i];

    vg_restored_note_image (journal, disk->image, disk->target);
  }
}

/* The start */

static gboolean
lock_domain (Run *run, VgHost *host, GError **error)
{
  VgJob *job = &run->job;

  job->peers.guest = run->guest =
      vg_guest_find (host, run->request->domain, error);
  if (run->guest == NULL)
    return FALSE;
  vg_recover_domain (job->config, vg_guest_get_uuid (run->guest), run->told);
  job->journal = run->journal = vg_job_new_journal (
      job->config, vg_guest_get_name (run->guest),
      vg_guest_get_uuid (run->guest), vg_host_get_uri (host), NULL);
  run->journal->kind = VG_JOB_RESTORE;
  run->lock = vg_job_lock (job, error);
  if (run->lock == NULL)
    return FALSE;
  vg_report_job (run->told, run->journal->id);
  return TRUE;
}

static VgGuestPlan *
prepare (Run *run, const VgGuestRestore *wanted, VgHost *host, GError **error)
{
  const VgJob *job = &run->job;
  g_autoptr (VgGuestPlan) plan = NULL;

  if (!lock_domain (run, host, error)
      || !vg_job_await_turn (job, &run->turn, error))
    return NULL;
  plan = plan_for (wanted, job->config, &job->peers, job->cancellable, error);
  if (plan == NULL)
    return NULL;
  run->journal->project_id =
      g_strdup (vg_glance_get_project_id (job->peers.glance));
  note_images (run->journal, plan);
  vg_job_tidy (job->config);
  return vg_job_begin (job, run->told, error) ? g_steal_pointer (&plan) : NULL;
}

static void
record_failure (Run *run, VgHost *host, const GError *why)
{
  if (run->journal == NULL) {
    run->journal = vg_job_new_journal (run->job.config, run->request->domain,
                                       NULL, vg_host_get_uri (host), NULL);
    run->journal->kind = VG_JOB_RESTORE;
  }
  vg_job_record_failure (run->journal, run->job.config, run->told, why);
}

static void
carry_out (Run *run, VgGuestPlan *plan, GError **error)
{
  const VgConfig *config = run->job.config;
  g_autoptr (GPtrArray) flattenings = vg_flatten_new_list ();
  g_autoptr (GError) failure = NULL;

  if (!make_disks (run, plan, flattenings, &failure))
    vg_interruption_name (&failure, "the restore of domain %s",
                          run->request->domain);
  vg_restored_finish (&run->job, "restored", failure, error);
  vg_supersede_overwrites (config, run->journal);
  for (guint i = 0; i < flattenings->len; i++)
    vg_flatten_start (flattenings->pdata[i], config, run->told);
}

VgJournal *
vg_guest_restore (const VgGuestRestore *wanted, const VgConfig *config,
                  VgHost *host, VgGlance *glance, const VgReport *report,
                  VgGuestPlan **plan, GCancellable *cancellable, GError **error)
{
  g_auto (Run) run = { .told = report };
  g_autoptr (GError) why = NULL;

  run.request = vg_request_new (wanted->domain);
  run.ceph = vg_ceph_new (config, host);
  run.report = (VgReport){ .progress = note_progress,
                           .phase = note_phase,
                           .warning = note_warning,
                           .data = &run };
  run.job = (VgJob){ .request = run.request,
                     .config = config,
                     .report = &run.report,
                     .cancellable = cancellable,
                     .peers.glance = glance,
                     .peers.ceph = run.ceph };
  *plan = prepare (&run, wanted, host, &why);
  if (*plan == NULL) {
    vg_interruption_name (&why, "the restore of domain %s", wanted->domain);
    record_failure (&run, host, why);
  } else {
    carry_out (&run, *plan, &why);
  }
  if (why == NULL)
    return g_steal_pointer (&run.journal);
  g_clear_pointer (plan, vg_guest_plan_free);
  g_propagate_error (error, g_steal_pointer (&why));
  return NULL;
}

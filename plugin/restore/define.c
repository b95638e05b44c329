/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* As restore/guest.c does: lock, plan, journal, steps; then they are kept or
 * undone. The domain is defined last: it never has a disk that isn't whole. */
#include "restore/define.h"

#include "host/define.h"
#include "job/await-turn.h"
#include "job/record.h"
#include "job/recover.h"
#include "job/stages.h"
#include "job/undo-define.h"
#include "journal/lock.h"
#include "restore/new-disk.h"
#include "restore/restored.h"
#include "util/interruption.h"

/* A job, and the objects that it owns. */
typedef struct {
  VgJob job;
  const VgDefine *wanted;
  VgRequest *request;
  VgJournal *journal;
  VgLock *lock;
  VgTurn *turn;
} Run;

static void
clear_run (Run *run)
{
  vg_turn_free (run->turn);
  vg_lock_free (run->lock);
  vg_request_free (run->request);
  vg_journal_free (run->journal);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, clear_run)

/* The work */

static gboolean
make_disk (const VgJob *job, const VgDefineDisk *disk, GError **error)
{
  const VgNewDisk new_disk = { .image = disk->image,
                               .target = disk->target,
                               .path = disk->path,
                               .format = disk->format,
                               .uid = -1,
                               .gid = -1,
                               .mode = 0600 };
  guint64 capacity;

  return vg_new_disk_write (job, &new_disk, &capacity, error);
}

static gboolean
place_disk (const VgJob *job, const VgDefineDisk *disk, GError **error)
{
  vg_journal_add_step (job->journal, VG_STEP_DISK_FILE, disk->path);
  return vg_journal_write (job->journal, error)
         && vg_disk_file_place (job->journal, disk->path, error);
}

static gboolean
define (const Run *run, VgDefinePlan *plan, GError **error)
{
  VgJournal *journal = run->journal;
  g_autofree char *xml =
      vg_define_plan_make_xml (plan, run->wanted, journal->id, error);
  g_autoptr (GError) why = NULL;
  gboolean defined;
  guint step;

  if (xml == NULL
      || !vg_define_plan_check_free (plan, run->job.peers.host, error))
    return FALSE;
  vg_report_phase (run->job.report, "Defining domain %s", plan->name);
  step = vg_journal_add_step (journal, VG_STEP_DOMAIN, plan->uuid);
  if (!vg_journal_write (journal, error)
      || !vg_journal_ask (journal, step, error))
    return FALSE;
  defined = vg_host_define (run->job.peers.host, xml, &why);
  if (!g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION))
    vg_journal_set_answered (journal, step);
  if (!defined)
    g_propagate_prefixed_error (error, g_steal_pointer (&why),
                                "domain %s: ", plan->name);
  return defined;
}

static gboolean
carry_out (const Run *run, VgDefinePlan *plan, GError **error)
{
  const VgJob *job = &run->job;

  for (guint i = 0; i < plan->disks->len; i++)
    if (!make_disk (job, plan->disks->pdata[i], error))
      return FALSE;
  for (guint i = 0; i < plan->disks->len; i++)
    if (!place_disk (job, plan->disks->pdata[i], error))
      return FALSE;
  if (!define (run, plan, error)
      || g_cancellable_set_error_if_cancelled (job->cancellable, error)
      || !vg_journal_keep_images (run->journal, error))
    return FALSE;
  if (run->wanted->pool != NULL)
    vg_host_refresh_pool (job->peers.host, run->wanted->pool);
  return TRUE;
}

/* The start */

static void
note_images (VgJournal *journal, const VgDefinePlan *plan)
{
  for (guint i = 0; i < plan->disks->len; i++) {
    const VgDefineDisk *disk = plan->disks->pdata[i];
    VgJobImage *image =
        vg_restored_note_image (journal, disk->image, disk->target);

    image->way = g_strdup ("download");
  }
}

static void
report_plan (const VgReport *report, const VgDefinePlan *plan)
{
  for (guint i = 0; i < plan->warnings->len; i++)
    vg_report_warning (report, "%s", (char *) plan->warnings->pdata[i]);
  for (guint i = 0; i < plan->left_out->len; i++)
    vg_report_warning (report, "left out of the definition: %s",
                       (char *) plan->left_out->pdata[i]);
}

static gboolean
lock_uuid (Run *run, GError **error)
{
  VgJob *job = &run->job;

  vg_recover_domain (job->config, run->wanted->uuid, job->report);
  job->journal = run->journal = vg_job_new_journal (
      job->config,
      run->wanted->name != NULL ? run->wanted->name : run->wanted->uuid,
      run->wanted->uuid, vg_host_get_uri (job->peers.host), NULL);
  run->journal->kind = VG_JOB_RESTORE;
  run->lock = vg_job_lock (job, error);
  if (run->lock == NULL)
    return FALSE;
  vg_report_job (job->report, run->journal->id);
  return TRUE;
}

static VgDefinePlan *
prepare (Run *run, GError **error)
{
  const VgJob *job = &run->job;
  g_autoptr (VgDefinePlan) plan = NULL;

  if (!lock_uuid (run, error) || !vg_job_await_turn (job, &run->turn, error))
    return NULL;
  plan = vg_define_plan_new (run->wanted, job->peers.host, job->peers.glance,
                             job->cancellable, error);
  if (plan == NULL)
    return NULL;
  g_free (run->journal->domain);
  run->journal->domain = g_strdup (plan->name);
  run->journal->project_id =
      g_strdup (vg_glance_get_project_id (job->peers.glance));
  note_images (run->journal, plan);
  report_plan (job->report, plan);
  vg_job_tidy (job->config);
  return vg_job_begin (job, job->report, error) ? g_steal_pointer (&plan)
                                                : NULL;
}

VgJournal *
vg_define_run (const VgDefine *wanted, const VgConfig *config, VgHost *host,
               VgGlance *glance, const VgReport *report, VgDefinePlan **plan,
               GCancellable *cancellable, GError **error)
{
  g_auto (Run) run = { .wanted = wanted };
  g_autoptr (GError) why = NULL, failure = NULL;

  run.request = vg_request_new (wanted->uuid);
  run.job = (VgJob){ .request = run.request,
                     .config = config,
                     .report = report,
                     .cancellable = cancellable,
                     .peers = { .glance = glance, .host = host } };
  *plan = prepare (&run, &failure);
  if (*plan != NULL && carry_out (&run, *plan, &failure)) {
    vg_restored_finish (&run.job, "defined", NULL, &why);
  } else {
    vg_interruption_name (&failure, "the restore of domain %s", wanted->uuid);
    if (*plan != NULL) {
      vg_restored_finish (&run.job, "defined", failure, &why);
    } else {
      vg_job_record_failure (run.journal, config, report, failure);
      why = g_steal_pointer (&failure);
    }
  }
  if (why == NULL)
    return g_steal_pointer (&run.journal);
  g_clear_pointer (plan, vg_define_plan_free);
  g_propagate_error (error, g_steal_pointer (&why));
  return NULL;
}

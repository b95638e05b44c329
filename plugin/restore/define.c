/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* As restore/guest.c does: lock, plan, journal, steps; then they are kept or
 * undone. The domain is defined last: it never has a disk that isn't whole. */
#include "restore/define.h"

#include "host/define.h"
#include "job/await-turn.h"
#include "job/error.h"
#include "job/outcome.h"
#include "job/record.h"
#include "job/recover.h"
#include "job/undo-define.h"
#include "job/undo.h"
#include "journal/lock.h"
#include "restore/new-disk.h"
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
                               .path = disk->path,
                               .format = disk->format,
                               .uid = -1,
                               .gid = -1,
                               .mode = 0600 };
  guint64 capacity;

  if (vg_new_disk_write (job, &new_disk, &capacity, error))
    return TRUE;
  if (!g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_prefix_error (error, "disk %s of domain %s: ", disk->target,
                    job->journal->domain);
  return FALSE;
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

/* The end */

static void
throw_leftover (const Run *run, const GError *failure, const GError *why,
                GError **error)
{
  if (failure != NULL)
    g_set_error (error, VG_RUN_ERROR,
                 vg_run_error_is_late (why) ? VG_RUN_ERROR_LATE
                                            : VG_RUN_ERROR_LEFTOVER,
                 "%s; in addition, the rollback is incomplete (%s); run "
                 "'virt-glance recover'",
                 failure->message, why->message);
  else
    g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER,
                 "domain %s is defined, but the cleanup is incomplete (%s); "
                 "run 'virt-glance recover'",
                 run->journal->domain, why->message);
}

/* Undoes all steps that are not kept, and records the result. */
static void
finish (Run *run, const GError *failure, GError **error)
{
  VgJournal *journal = run->journal;
  g_autoptr (GError) why = NULL, unwritten = NULL;
  gboolean undone = vg_undo_steps (journal, 0, &run->job.peers, &why);

  journal->state = VG_JOB_DONE;
  journal->finished = g_get_real_time () / G_USEC_PER_SEC;
  if (failure != NULL)
    vg_outcome_note (journal, failure);
  if (!vg_journal_write (journal, &unwritten) && undone) {
    undone = FALSE;
    why = g_steal_pointer (&unwritten);
  }
  if (!undone)
    throw_leftover (run, failure, why, error);
  else if (failure != NULL)
    g_propagate_error (error, g_error_copy (failure));
}

/* The start */

static void
note_images (VgJournal *journal, const VgDefinePlan *plan)
{
  for (guint i = 0; i < plan->disks->len; i++) {
    const VgDefineDisk *disk = plan->disks->pdata[i];
    VgJobImage *image = vg_journal_add_image (journal);

    image->id = g_strdup (disk->image->id);
    image->name = g_strdup (disk->image->name);
    image->disk = g_strdup (disk->target);
    image->format = g_strdup (disk->image->disk_format);
    image->way = g_strdup ("download");
    image->size = disk->image->size;
    image->owner = g_strdup (disk->image->owner);
    image->checksum = g_strdup (disk->image->checksum);
    image->hash_algo = g_strdup (disk->image->os_hash_algo);
    image->hash_value = g_strdup (disk->image->os_hash_value);
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
  job->lock = run->lock = vg_lock_take (
      job->config->state_path, run->journal->uuid, run->journal->id, error);
  if (run->lock == NULL) {
    g_prefix_error (error, "domain %s: ", run->journal->domain);
    return FALSE;
  }
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
  vg_journal_prune (job->config->state_path, VG_JOBS_KEPT);
  vg_report_begun (job->report);
  if (g_cancellable_set_error_if_cancelled (job->cancellable, error)
      || !vg_journal_write (run->journal, error))
    return NULL;
  return g_steal_pointer (&plan);
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
    finish (&run, NULL, &why);
  } else {
    vg_interruption_name (&failure, "the restore of domain %s", wanted->uuid);
    if (*plan != NULL) {
      finish (&run, failure, &why);
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

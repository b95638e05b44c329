/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running a snapshot. The images are made first and kept while the instant is
 * taken and read; when the domain is started or stopped meanwhile the instant
 * is lost, its steps are undone, and it is taken again on the new state. */
#include "job/run.h"

#include "disk/disk.h"
#include "host/guest.h"
#include "image/image.h"
#include "job/copy.h"
#include "job/gather.h"
#include "job/guard.h"
#include "job/instant.h"
#include "job/lock.h"
#include "job/undo.h"
#include "util/text.h"

#define MAX_ATTEMPTS 5
#define KEEP_JOURNALS 200

G_DEFINE_QUARK (vg - run - error - quark, vg_run_error)

typedef struct {
  const VgRequest *request;
  const VgConfig *config;
  VgGlance *glance;
  const VgReport *report;
  GCancellable *cancellable; /* ours: the caller's, or the end of space */

  VgGuest *guest;
  VgPlan *plan; /* of the beginning: images, stores */
  VgPlan *now;  /* of this attempt: disks, state; may be plan itself */
  VgLock *lock;
  VgJournal *journal;
  VgGuardian *guardian; /* of the first freeze, until then */
} Run;

static void
clear_run (Run *run)
{
  if (run->guardian != NULL)
    vg_guardian_release (run->guardian);
  if (run->now != run->plan)
    vg_plan_free (run->now);
  vg_plan_free (run->plan);
  vg_lock_free (run->lock);
  vg_guest_free (run->guest);
  g_clear_object (&run->cancellable);
  g_clear_pointer (&run->journal, vg_journal_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, clear_run)

static gboolean
check_quiesce (const Run *run, GError **error)
{
  const VgDomain *domain = run->plan->domain;

  if (run->request->quiesce != VG_QUIESCE_REQUIRE || !run->plan->active)
    return TRUE;
  if (domain->agent_connected)
    return vg_guest_check_awake (run->guest, error);
  g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_AGENT,
               "domain %s can't be quiesced: %s; use --quiesce auto to do "
               "without",
               domain->name,
               domain->has_agent ? "its guest agent is not running"
                                 : "it has no channel for a guest agent");
  return FALSE;
}

/* Images */

static void
describe_image (const VgPlanDisk *disk, VgJobImage *image)
{
  const VgStoreChoice *choice = disk->choice;

  image->name = g_strdup (disk->image_name);
  image->disk = g_strdup (disk->disk->target);
  image->format = g_strdup (vg_image_format_to_string (disk->format));
  image->store = g_strdup (choice->store);
  image->rule = g_strdup (vg_store_rule_to_string (choice->rule));
  image->reason = g_strdup (choice->reason);
}

static VgStep *
find_image_step (const Run *run, const VgJobImage *image)
{
  for (guint i = 0; i < run->journal->steps->len; i++) {
    VgStep *step = run->journal->steps->pdata[i];

    if (step->kind == VG_STEP_IMAGE && g_str_equal (step->object, image->id))
      return step;
  }
  return NULL;
}

/* Gives the image an id and its record in Glance. */
static gboolean
create_image (Run *run, const VgPlanDisk *disk, VgJobImage *image,
              GError **error)
{
  g_autoptr (VgImageRecord) record = NULL;

  g_free (image->id);
  image->id = g_uuid_string_random ();
  image->size = 0;
  vg_journal_add_step (run->journal, VG_STEP_IMAGE, image->id);
  if (!vg_journal_write (run->journal, error))
    return FALSE;
  vg_json_set_string (disk->record, "id", image->id);
  record = vg_glance_create_image (run->glance, disk->record, run->cancellable,
                                   error);
  return record != NULL;
}

static gboolean
create_images (Run *run, GError **error)
{
  vg_report_phase (run->report, "Creating the image");
  for (guint i = 0; i < run->plan->disks->len; i++) {
    const VgPlanDisk *disk = run->plan->disks->pdata[i];
    VgJobImage *image = vg_journal_add_image (run->journal);

    describe_image (disk, image);
    if (!create_image (run, disk, image, error))
      return FALSE;
  }
  return TRUE;
}

/* After a lost instant: what was uploaded of it is replaced. */
static gboolean
renew_images (Run *run, GError **error)
{
  for (guint i = 0; i < run->journal->images->len; i++) {
    VgJobImage *image = run->journal->images->pdata[i];

    if (image->size == 0)
      continue;
    if (!vg_glance_delete_image (run->glance, image->id, error))
      return FALSE;
    find_image_step (run, image)->state = VG_STEP_UNDONE;
    if (!create_image (run, run->plan->disks->pdata[i], image, error))
      return FALSE;
  }
  return TRUE;
}

/* One disk */

static gboolean
upload_image (Run *run, const VgPlanDisk *planned, VgJobImage *image,
              VgBody *body, GError **error)
{
  g_autofree char *size = vg_text_format_size (body->length);
  g_autoptr (VgImageRecord) record = NULL;
  VgUpload upload = {
    .image_id = image->id,
    .store = planned->choice->name_store ? planned->choice->store : NULL,
    .base_ref = planned->choice->base_ref,
    .hash_algo = run->plan->hash_algo,
    .progress = run->report->progress,
    .progress_data = run->report->data,
  };

  vg_report_phase (run->report, "Uploading disk %s: %s of %s to store %s",
                   image->disk, size, image->format,
                   image->store ? image->store : "(the only one)");
  record =
      vg_glance_upload (run->glance, &upload, body, run->cancellable, error);
  if (record == NULL)
    return FALSE;
  image->size = record->size;
  return TRUE;
}

static gboolean
upload_disk (Run *run, const VgPlanDisk *planned, VgDisk *disk,
             VgJobImage *image, GError **error)
{
  g_autoptr (VgMap) map = vg_disk_read_map (disk, run->cancellable, error);
  g_autoptr (VgBody) body = NULL;
  VgBody *data, *stream;

  if (map == NULL)
    return FALSE;
  data = vg_disk_open_data (disk, map, run->cancellable, error);
  if (data == NULL)
    return FALSE;
  stream = vg_image_new (planned->format, map, data, error);
  if (stream == NULL)
    return FALSE;
  body = vg_guard_new (stream, disk);
  return upload_image (run, planned, image, body, error);
}

/* The disk of that name in this attempt's plan: the domain may have another
 * definition by now. */
static const VgPlanDisk *
find_disk (const Run *run, const char *target, GError **error)
{
  for (guint i = 0; i < run->now->disks->len; i++) {
    const VgPlanDisk *disk = run->now->disks->pdata[i];

    if (g_str_equal (disk->disk->target, target))
      return disk;
  }
  g_set_error (error, VG_PLAN_ERROR, VG_PLAN_ERROR_DISK,
               "domain %s has no disk %s any more", run->now->domain->name,
               target);
  return NULL;
}

/* Says which disk it was, where the room below didn't know its name. */
static void
name_disk (const Run *run, const VgJobImage *image, GError *error)
{
  char *message = error->message;

  if (error->domain == VG_GLANCE_ERROR || error->domain == G_IO_ERROR
      || g_error_matches (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE))
    return;
  error->message = g_strdup_printf ("disk %s of domain %s: %s", image->disk,
                                    run->now->domain->name, message);
  g_free (message);
}

static gboolean
copy_disks (Run *run, VgInstant *instant, GError **error)
{
  for (guint i = 0; i < run->plan->disks->len; i++) {
    const VgPlanDisk *planned = run->plan->disks->pdata[i];
    VgJobImage *image = run->journal->images->pdata[i];
    const VgPlanDisk *current = find_disk (run, image->disk, error);
    g_autoptr (VgDisk) disk = NULL;

    if (current == NULL)
      return FALSE;
    disk = vg_instant_open (instant, current, error);
    if (disk == NULL || !upload_disk (run, planned, disk, image, error)) {
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
    .plan = run->now,
    .quiesce = run->request->quiesce,
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

  vg_report_phase (run->report, "Taking the snapshot of domain %s (%s)",
                   run->now->domain->name,
                   run->now->active ? "running" : "shut off");
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
  VgPlan *plan;

  if (!vg_gather_await_agent (run->guest, run->report, run->cancellable, error))
    return FALSE;
  plan = vg_gather_plan (run->request, run->config, run->guest, run->glance,
                         run->cancellable, error);
  if (plan == NULL)
    return FALSE;
  if (run->now != run->plan)
    vg_plan_free (run->now);
  run->now = plan;
  return TRUE;
}

static gboolean
attempt_until_done (Run *run, GError **error)
{
  guint first_step = run->journal->steps->len;

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
    if (!vg_undo_steps (run->journal, first_step, run->guest, run->glance,
                        error)
        || !renew_images (run, error) || !look_again (run, error))
      return FALSE;
    first_step = run->journal->steps->len;
  }
}

static void
set_images (Run *run, VgStepState state)
{
  for (guint i = 0; i < run->journal->images->len; i++)
    find_image_step (run, run->journal->images->pdata[i])->state = state;
}

/* From here on the images stay, even if we die in the next moment. */
static gboolean
keep_images (Run *run, GError **error)
{
  set_images (run, VG_STEP_KEPT);
  if (vg_journal_write (run->journal, error))
    return TRUE;
  set_images (run, VG_STEP_BEGUN);
  return FALSE;
}

/* Undoes what is not kept, and says in the journal how it ended. */
static gboolean
finish (Run *run, const GError *failure, GError **error)
{
  g_autoptr (GError) why = NULL;
  gboolean undone =
      vg_undo_steps (run->journal, 0, run->guest, run->glance, &why);

  run->journal->state = failure == NULL ? VG_JOB_DONE : VG_JOB_FAILED;
  run->journal->finished = g_get_real_time () / G_USEC_PER_SEC;
  if (failure != NULL)
    run->journal->error = g_strdup (failure->message);
  if (!undone) {
    g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER,
                 "%s%snot all could be cleaned up (%s); run 'virt-glance "
                 "recover'",
                 failure ? failure->message : "", failure ? "; besides, " : "",
                 why->message);
    error = NULL;
  }
  return vg_journal_write (run->journal, error) && undone;
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

static gboolean
carry_out (Run *run, GError **error)
{
  VgInstantContext context = get_context (run);
  g_autoptr (GError) why = NULL;

  run->guardian = vg_instant_prepare (&context);
  if (create_images (run, &why) && attempt_until_done (run, &why)
      && keep_images (run, &why) && run->config->copy_to_base_stores)
    vg_copy_images (run->plan, run->journal, run->glance, run->report,
                    run->cancellable, &why);
  name_interruption (run, &why);
  if (!finish (run, why, error))
    return FALSE;
  if (why == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

static gboolean
prepare (Run *run, VgHost *host, GError **error)
{
  run->guest = vg_guest_find (host, run->request->domain, error);
  if (run->guest == NULL)
    return FALSE;
  run->journal = vg_journal_new (run->config->state_path);
  run->journal->domain = g_strdup (vg_guest_get_name (run->guest));
  run->journal->uuid = g_strdup (vg_guest_get_uuid (run->guest));
  run->journal->uri = g_strdup (vg_host_get_uri (host));
  run->lock = vg_lock_take (run->config->runtime_path, run->journal->uuid,
                            run->journal->id, error);
  if (run->lock == NULL) {
    g_prefix_error (error, "domain %s: ", run->journal->domain);
    return FALSE;
  }
  run->plan = vg_gather_plan (run->request, run->config, run->guest,
                              run->glance, run->cancellable, error);
  run->now = run->plan;
  if (run->plan == NULL || !check_quiesce (run, error)
      || (run->plan->active && !vg_guest_check_idle (run->guest, error)))
    return FALSE;
  for (guint i = 0; i < run->plan->warnings->len; i++)
    vg_report_warning (run->report, "%s",
                       (char *)run->plan->warnings->pdata[i]);
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

  run.cancellable = g_cancellable_new ();
  if (cancellable != NULL)
    connected = g_cancellable_connect (cancellable, G_CALLBACK (forward_cancel),
                                       run.cancellable, NULL);
  ok = prepare (&run, host, error) && carry_out (&run, error);
  if (cancellable != NULL)
    g_cancellable_disconnect (cancellable, connected);
  return ok ? g_steal_pointer (&run.journal) : NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Goes through the guests of this host. What they have already is asked of
 * Glance, which all hosts share: a guest may have been backed up elsewhere. */
#include "cmd/backup-all.h"

#include <stdio.h>

#include "cmd/backup-report.h"
#include "cmd/early.h"
#include "cmd/guest-backup.h"
#include "cmd/log.h"
#include "cmd/look-again.h"
#include "cmd/outage.h"
#include "cmd/progress.h"
#include "cmd/services.h"
#include "cmd/status.h"
#include "cmd/work.h"
#include "host/guest.h"
#include "host/watch.h"
#include "job/await-turn.h"
#include "job/backups.h"
#include "job/recover.h"
#include "job/rotate.h"
#include "journal/lock.h"
#include "plan/image-record.h"
#include "util/interruption.h"
#include "util/text.h"

/* How often to look whether another job on a guest has ended. */
#define LOOK_EVERY_MS 200
/* How long libvirt's job is waited for. */
#define WAIT_IDLE_US (10 * 60 * G_USEC_PER_SEC)

typedef struct {
  const VgBackupAll *all;
  const VgConfig *config;
  VgServices services;
  GCancellable *cancellable;
  VgBackupReport *report;
  GHashTable *seen; /* UUIDs */
  GQueue *queue;    /* of UUIDs, owned by seen: to be visited */
  GQueue *busy;     /* another job is at work on them: to be visited again */
  GHashTable
      *looks; /* UUID of a busy one to VgLookAgain; none: it has our lock */
  VgOutage outage;
  GError *lasting; /* why the run ends while a service is away, or NULL */
} Run;

static void
clear_run (Run *run)
{
  g_clear_pointer (&run->report, vg_backup_report_free);
  g_clear_pointer (&run->queue, g_queue_free);
  g_clear_pointer (&run->busy, g_queue_free);
  g_clear_pointer (&run->looks, g_hash_table_unref);
  vg_outage_clear (&run->outage);
  g_clear_error (&run->lasting);
  g_clear_pointer (&run->seen, g_hash_table_unref);
  vg_services_clear (&run->services);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, clear_run)

/* Guests come and go while others are backed up. */
static gboolean
queue_new_guests (Run *run, GError **error)
{
  g_auto (GStrv) uuids = vg_host_list_domains (run->services.host, error);

  if (uuids == NULL)
    return FALSE;
  for (char **uuid = uuids; *uuid != NULL; uuid++) {
    char *copy;

    if (g_hash_table_contains (run->seen, *uuid))
      continue;
    copy = g_strdup (*uuid);
    g_hash_table_add (run->seen, copy);
    g_queue_push_tail (run->queue, copy);
  }
  return TRUE;
}

static void
skip_newer (const Run *run, const VgGuestBackup *backup,
            const VgImageRecord *newest)
{
  g_autoptr (GDateTime) time =
      g_date_time_new_from_unix_utc (vg_backups_get_time (newest));
  g_autofree char *text = g_date_time_format (time, "%F %T UTC");
  g_autofree char *reason =
      g_strdup_printf ("Glance has image %s of %s", newest->id, text);

  vg_backup_report_add_skipped (run->report, backup, reason, newest->id);
}

static void
tell_wait (const Run *run, const char *why)
{
  g_autoptr (VgProgress) progress = vg_progress_new_for (run->all->line);

  vg_report_phase (vg_progress_get_report (progress), "Waiting: %s", why);
}

/* The guest is to be visited again. Returns FALSE, with VG_LOCK_ERROR_HELD.
 * Takes why, which names the domain. */
static gboolean
put_off (const Run *run, const VgGuestBackup *backup, char *why, GError **error)
{
  if (vg_look_again_note (run->looks, backup->uuid, backup->domain->name))
    tell_wait (run, why);
  g_set_error_literal (error, VG_LOCK_ERROR, VG_LOCK_ERROR_HELD, why);
  g_free (why);
  return FALSE;
}

static char *
describe_under_way (const VgGuestBackup *backup, const VgImageRecord *record)
{
  g_autofree char *host = vg_text_clean (
      vg_json_get_string (record->json, VG_RECORD_HOST_PROPERTY), 64);

  return g_strdup_printf ("domain %s: host %s is making its backup, image %s",
                          backup->domain->name, host, record->id);
}

/* Whether Glance has one that is new enough: then the guest is skipped. */
static gboolean
find_newer (const Run *run, const VgGuestBackup *backup, gboolean *found,
            GError **error)
{
  gint64 age = run->all->unless_newer_s;
  gint64 since = g_get_real_time () / G_USEC_PER_SEC - age;
  const VgBackups what = { backup->uuid, backup->request->backup_type,
                           vg_rotate_get_owner (NULL, backup->request,
                                                run->config, backup->domain) };
  g_autoptr (VgImageRecord) newest = NULL;
  g_autoptr (VgImageRecord) under_way = NULL;

  *found = FALSE;
  if (age == 0)
    return TRUE;
  if (!vg_backups_find_since (run->services.glance, &what, since, &newest,
                              &under_way, run->cancellable, error)) {
    g_prefix_error (error, "domain %s: its backups can't be listed: ",
                    backup->domain->name);
    return FALSE;
  }
  *found = newest != NULL;
  if (newest != NULL)
    skip_newer (run, backup, newest);
  else if (under_way != NULL && !run->all->dry_run)
    return put_off (run, backup, describe_under_way (backup, under_way), error);
  return TRUE;
}

/* Whether the guest's turn is now. FALSE if that is noted already, or with an
 * error. */
static gboolean
is_wanted (Run *run, VgGuestBackup *backup, GError **error)
{
  gboolean found;

  if (!vg_guest_backup_find (backup, run->services.host, error)
      || !vg_guest_backup_follow_policy (backup, &found, error))
    return FALSE;
  if (!found) {
    vg_backup_report_add_other (run->report);
    return FALSE;
  }
  if (backup->migrated) {
    vg_backup_report_add_skipped (run->report, backup,
                                  "it has migrated to another host", NULL);
    return FALSE;
  }
  return find_newer (run, backup, &found, error) && !found;
}

static void
forward_cancel (GCancellable *from G_GNUC_UNUSED, gpointer to)
{
  g_cancellable_cancel (to);
}

static void
note_done (Run *run, const VgGuestBackup *backup,
           const VgGuestBackupResult *result)
{
  vg_backup_report_add_done (run->report, backup, result);
  if (result->journal == NULL)
    return;
  if (result->error != NULL)
    vg_log_failed (result->journal, result->error);
  else
    vg_log_done (result->journal);
}

/* Whether a job of libvirt's is expected to end, such as a migration. One that
 * a dead job of ours left is ended by the backup. */
static gboolean
will_be_idle (const Run *run, VgGuest *guest, GError **error)
{
  const char *uuid = vg_guest_get_uuid (guest);
  const VgLookAgain *look = g_hash_table_lookup (run->looks, uuid);
  g_autofree char *dead = NULL;

  if (vg_guest_check_idle (guest, error)
      || !g_error_matches (*error, VG_HOST_ERROR, VG_HOST_ERROR_BUSY)
      || (look != NULL
          && g_get_monotonic_time () > look->since_us + WAIT_IDLE_US))
    return FALSE;
  dead = vg_recover_find (run->config, uuid);
  return dead == NULL;
}

/* Waits for it; after a while the backup itself tells that there is one. */
static gboolean
await_idle (const Run *run, const VgGuestBackup *backup, GError **error)
{
  g_autoptr (VgGuest) guest =
      vg_guest_find (run->services.host, backup->uuid, error);
  g_autoptr (GError) why = NULL;

  if (guest == NULL)
    return FALSE;
  if (will_be_idle (run, guest, &why))
    return put_off (run, backup, g_strdup (why->message), error);
  g_hash_table_remove (run->looks, backup->uuid);
  return TRUE;
}

/* A service may have gone away when the images were made. */
static void
rotate_again (Run *run, const VgGuestBackup *backup, const VgReport *report,
              GCancellable *cancellable, VgGuestBackupResult *result)
{
  if (result->unrotated
      && vg_outage_decide (&run->outage, backup->uuid, result->error,
                           &run->lasting)
             != VG_OUTAGE_NO_TRY)
    vg_guest_backup_rotate (backup, run->services.glance, report, cancellable,
                            result);
}

/* "cancel JOB" ends this guest's backup alone. If it fails, *failed is the job,
 * if there is one. */
static gboolean
make_backup (Run *run, VgGuestBackup *backup, VgJournal **failed,
             GError **error)
{
  g_autoptr (VgProgress) progress = vg_progress_new_for (run->all->line);
  const VgReport *report = vg_progress_get_report (progress);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (VgGuestBackupResult) result = { 0 };
  gulong connected = 0;
  gint phase = VG_WORK_UNDOES;
  gboolean ok;

  /* One that waits for another job is no job yet. */
  if (!vg_lock_try (run->config->state_path, backup->uuid, error)) {
    g_hash_table_remove (run->looks, backup->uuid);
    return FALSE;
  }
  if (!await_idle (run, backup, error))
    return FALSE;
  vg_report_phase (report, "Domain %s", backup->domain->name);
  connected = g_cancellable_connect (
      run->cancellable, G_CALLBACK (forward_cancel), cancellable, NULL);
  vg_progress_allow_cancel (progress, run->config->state_path, cancellable);
  ok = vg_guest_backup_make (backup, run->services.host, run->services.glance,
                             report, cancellable, &phase, &result, error);
  if (ok)
    rotate_again (run, backup, report, cancellable, &result);
  g_cancellable_disconnect (run->cancellable, connected);
  if (!ok)
    *failed = vg_progress_read_job (progress);
  g_clear_pointer (&progress, vg_progress_free);
  if (ok)
    note_done (run, backup, &result);
  return ok;
}

static gboolean
rehearse (Run *run, VgGuestBackup *backup, GError **error)
{
  g_autoptr (VgProgress) progress = vg_progress_new (TRUE);
  g_auto (VgGuestBackupResult) result = { 0 };

  if (!vg_guest_backup_rehearse (
          backup, run->services.host, run->services.glance,
          vg_progress_get_report (progress), run->cancellable, &result, error))
    return FALSE;
  vg_backup_report_add_planned (run->report, backup, &result);
  return TRUE;
}

static gboolean
carry_out (Run *run, VgGuestBackup *backup, VgJournal **failed, GError **error)
{
  return run->all->dry_run ? rehearse (run, backup, error)
                           : make_backup (run, backup, failed, error);
}

/* failed: the job, or NULL if it had not begun. */
static void
note_failed (Run *run, const VgGuestBackup *backup, const VgJournal *failed,
             const GError *error)
{
  g_autoptr (VgJournal) record = NULL;

  if (failed == NULL && !run->all->dry_run)
    failed = record = vg_record_early (run->all->line, backup->request,
                                       backup->domain, error);
  vg_backup_report_add_failed (run->report, backup, failed, error);
  if (failed != NULL)
    vg_log_failed (failed, error);
}

/* If it has left before it was known whether it wants a backup, nothing is to
 * be told. */
static void
note_gone (Run *run, VgGuestBackup *backup)
{
  const VgLookAgain *look =
      g_hash_table_lookup (run->looks, backup->request->domain);

  if (backup->domain == NULL && look == NULL)
    return;
  if (backup->domain == NULL) {
    backup->uuid = backup->request->domain;
    backup->request->domain = g_strdup (look->domain);
  }
  vg_backup_report_add_skipped (run->report, backup,
                                "it is no longer on this host", NULL);
}

/* Whether the guest is to be visited again, because a service was away; waits
 * until it is back. */
static gboolean
is_to_repeat (Run *run, const char *uuid, const GError *error)
{
  switch (vg_outage_decide (&run->outage, uuid, error, &run->lasting)) {
  case VG_OUTAGE_TRY_NEXT:
    g_queue_push_head (run->queue, (gpointer) uuid);
    return TRUE;
  case VG_OUTAGE_TRY_LAST:
    g_queue_push_tail (run->queue, (gpointer) uuid);
    return TRUE;
  default:
    return FALSE;
  }
}

static void
visit (Run *run, const char *uuid)
{
  g_auto (VgGuestBackup)
      backup = { .config = run->config, .request = vg_request_new (uuid) };
  g_autoptr (VgJournal) failed = NULL;
  g_autoptr (GError) error = NULL, late = NULL;

  vg_request_merge (backup.request, run->all->request);
  backup.request->until = run->all->request->until;
  if (is_wanted (run, &backup, &error)
      && carry_out (run, &backup, &failed, &error))
    return;
  /* One of our own jobs, which ends by itself: such as another type's; or
   * another host's, or libvirt's. */
  if (g_error_matches (error, VG_LOCK_ERROR, VG_LOCK_ERROR_HELD)) {
    if (vg_job_check_window (backup.request, run->config, &late))
      g_queue_push_tail (run->busy, (gpointer) uuid);
    else
      note_failed (run, &backup, NULL, late);
  } else if (g_error_matches (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN)) {
    note_gone (run, &backup);
  } else if (error != NULL && !is_to_repeat (run, uuid, error))
    note_failed (run, &backup, failed, error);
}

/* So that it is told of each of them that it is too late. */
static void
give_up_busy (Run *run)
{
  gpointer uuid;

  while ((uuid = g_queue_pop_head (run->busy)) != NULL)
    g_queue_push_tail (run->queue, uuid);
}

/* Whether to visit a busy guest again. */
static gboolean
is_free (const Run *run, const char *uuid)
{
  const VgLookAgain *look = g_hash_table_lookup (run->looks, uuid);

  return look != NULL ? g_get_monotonic_time () >= look->time_us
                      : vg_lock_try (run->config->state_path, uuid, NULL);
}

/* Until one of the busy guests is free: it is queued. */
static void
wait_for_busy (Run *run)
{
  while (!g_cancellable_is_cancelled (run->cancellable)) {
    for (GList *link = run->busy->head; link != NULL; link = link->next)
      if (is_free (run, link->data)) {
        g_queue_push_tail (run->queue, link->data);
        g_queue_delete_link (run->busy, link);
        return;
      }
    if (!vg_job_check_window (run->all->request, run->config, NULL)) {
      give_up_busy (run);
      return;
    }
    g_usleep (LOOK_EVERY_MS * 1000);
  }
}

/* Waits while libvirt is away. */
static gboolean
look_for_guests (Run *run, GError **error)
{
  GError *why = NULL;

  return queue_new_guests (run, &why)
         || (vg_outage_await_after (&run->outage, why, error)
             && queue_new_guests (run, error));
}

static gboolean
visit_all (Run *run, GError **error)
{
  for (;;) {
    const char *uuid;

    if (!look_for_guests (run, error))
      return FALSE;
    if (g_queue_is_empty (run->queue) && g_queue_is_empty (run->busy))
      return TRUE;
    while ((uuid = g_queue_peek_head (run->queue)) != NULL) {
      if (g_cancellable_set_error_if_cancelled (run->cancellable, error))
        return FALSE;
      g_queue_pop_head (run->queue);
      visit (run, uuid);
      if (run->lasting != NULL) {
        g_propagate_error (error, g_steal_pointer (&run->lasting));
        return FALSE;
      }
    }
    if (!g_queue_is_empty (run->busy))
      wait_for_busy (run);
    if (g_cancellable_set_error_if_cancelled (run->cancellable, error))
      return FALSE;
  }
}

static int
report_end (const Run *run, const GError *error)
{
  if (error != NULL)
    vg_backup_report_end_early (run->report, error,
                                g_queue_get_length (run->queue)
                                    + g_queue_get_length (run->busy));
  vg_backup_report_set_waits (run->report, run->outage.waits);
  return vg_backup_report_end (run->report, run->all->line->json);
}

int
vg_backup_all (const VgBackupAll *all, GCancellable *cancellable)
{
  g_auto (Run) run = { .all = all,
                       .config = all->line->config,
                       .cancellable = cancellable,
                       .outage = { .probe = vg_services_probe,
                                   .data = &run.services,
                                   .request = all->request,
                                   .config = all->line->config,
                                   .cancellable = cancellable,
                                   .limit_s = all->wait_s } };
  g_autoptr (GError) error = NULL;

  run.report = vg_backup_report_new (all->request->backup_type);
  run.queue = g_queue_new ();
  run.busy = g_queue_new ();
  run.looks = vg_look_again_new ();
  run.seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!vg_services_open (&run.services, all->line, &run.outage, &error))
    return (int) vg_exit_with_error (error);
  if (!visit_all (&run, &error))
    vg_interruption_name (&error, "the run over all guests");
  return report_end (&run, error);
}

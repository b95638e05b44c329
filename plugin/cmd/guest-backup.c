/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes a snapshot, then deletes the oldest backups. */
#include "cmd/guest-backup.h"

#include "cmd/plan-view.h"
#include "cmd/work.h"
#include "host/guest.h"
#include "job/images.h"
#include "job/metrics.h"
#include "job/rehearsal.h"
#include "job/rotate.h"
#include "job/run.h"
#include "request/policy.h"
#include "request/rules.h"

void
vg_guest_backup_clear (VgGuestBackup *backup)
{
  vg_request_free (backup->request);
  g_free (backup->uuid);
  vg_domain_free (backup->domain);
}

void
vg_guest_backup_result_clear (VgGuestBackupResult *result)
{
  vg_journal_free (result->journal);
  vg_plan_free (result->plan);
  g_clear_pointer (&result->deleted, g_ptr_array_unref);
  g_clear_error (&result->error);
}

gboolean
vg_guest_backup_find (VgGuestBackup *backup, VgHost *host, GError **error)
{
  /* Freed at the end: the job opens its own, which must be the only one that
   * watches the domain. */
  g_autoptr (VgGuest) guest =
      vg_guest_find (host, backup->request->domain, error);
  const char *reason = NULL;

  if (guest != NULL)
    backup->domain = vg_guest_read (guest, error);
  if (backup->domain == NULL
      || !vg_guest_get_stop_reason (guest, &reason, error))
    return FALSE;
  backup->uuid = g_strdup (vg_guest_get_uuid (guest));
  backup->migrated = g_strcmp0 (reason, "migrated") == 0;
  return TRUE;
}

gboolean
vg_guest_backup_follow_policy (VgGuestBackup *backup, gboolean *found,
                               GError **error)
{
  const VgConfig *config = backup->config;
  g_autoptr (VgRequest) policy = NULL;

  if (!vg_policy_find_backup (backup->domain, backup->request->backup_type,
                              config->policy_directory, &policy, error))
    return FALSE;
  *found = policy != NULL;
  if (policy == NULL)
    return TRUE;
  /* What the command line says about it stands alone. */
  if (vg_request_has_retention (backup->request))
    vg_request_clear_retention (policy);
  vg_request_merge (backup->request, policy);
  return vg_request_check (backup->request, VG_PLACE_COMMAND_BACKUP, config,
                           error);
}

static gboolean
rotate (const VgGuestBackup *backup, VgGlance *glance, const VgReport *report,
        GCancellable *cancellable, gboolean dry_run,
        VgGuestBackupResult *result, GError **error)
{
  VgRotation rotation = { .uuid = backup->uuid,
                          .backup_type = backup->request->backup_type,
                          .keep = vg_retention_from_request (backup->request),
                          .made = result->journal,
                          .planned = result->plan,
                          .dry_run = dry_run };

  rotation.owner = vg_rotate_get_owner (result->journal, backup->request,
                                        backup->config, backup->domain);
  return vg_rotate_backups (glance, &rotation, report, result->deleted,
                            cancellable, error);
}

/* One error of what failed after the images were made. rest: of the job, or
 * NULL; why: of the rotation, or NULL. Takes both. */
static GError *
join_errors (const VgJournal *journal, GError *rest, GError *why)
{
  g_autofree char *list = journal != NULL ? vg_images_list (journal) : NULL;

  if (rest != NULL && why != NULL)
    g_prefix_error (&rest, "%s; in addition, ", why->message);
  else if (list != NULL && why != NULL)
    g_prefix_error (&why, "%s of domain %s was made, but ", list,
                    journal->domain);
  if (rest == NULL)
    return why;
  g_clear_error (&why);
  return rest;
}

gboolean
vg_guest_backup_make (const VgGuestBackup *backup, VgHost *host,
                      VgGlance *glance, const VgReport *report,
                      GCancellable *cancellable, gint *phase,
                      VgGuestBackupResult *result, GError **error)
{
  GError *rest = NULL, *why = NULL;

  result->deleted = g_ptr_array_new_with_free_func (g_free);
  /* With rotation 0 the new backup would be deleted at once. */
  if (backup->request->rotation != 0) {
    result->journal =
        vg_run_snapshot (backup->request, backup->config, host, glance, report,
                         cancellable, &rest, error);
    vg_metrics_update (backup->config);
    if (result->journal == NULL)
      return FALSE;
  }
  g_atomic_int_set (phase, VG_WORK_FINISHES);
  /* After an interruption the next backup rotates. */
  if (!g_error_matches (rest, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      && !rotate (backup, glance, report, cancellable, FALSE, result, &why))
    g_debug ("domain %s: its rotation is incomplete", backup->domain->name);
  result->unrotated = rest == NULL && why != NULL;
  result->error = join_errors (result->journal, rest, why);
  return TRUE;
}

void
vg_guest_backup_rotate (const VgGuestBackup *backup, VgGlance *glance,
                        const VgReport *report, GCancellable *cancellable,
                        VgGuestBackupResult *result)
{
  GError *why = NULL;

  if (!result->unrotated)
    return;
  g_clear_error (&result->error);
  result->unrotated =
      !rotate (backup, glance, report, cancellable, FALSE, result, &why);
  result->error = join_errors (result->journal, NULL, why);
}

gboolean
vg_guest_backup_rehearse (const VgGuestBackup *backup, VgHost *host,
                          VgGlance *glance, const VgReport *report,
                          GCancellable *cancellable,
                          VgGuestBackupResult *result, GError **error)
{
  result->deleted = g_ptr_array_new_with_free_func (g_free);
  if (backup->request->rotation != 0) {
    result->plan = vg_rehearse (backup->request, backup->config, host, glance,
                                report, cancellable, error);
    if (result->plan == NULL)
      return FALSE;
  }
  return rotate (backup, glance, report, cancellable, TRUE, result, error);
}

static VgJson *
make_object (const VgGuestBackupResult *result)
{
  if (result->journal != NULL)
    return vg_journal_to_json (result->journal);
  return result->plan != NULL ? vg_plan_to_json (result->plan)
                              : json_object_new_object ();
}

VgJson *
vg_guest_backup_result_to_json (const VgGuestBackupResult *result)
{
  VgJson *object = make_object (result);
  VgJson *ids = json_object_new_array ();

  for (guint i = 0; i < result->deleted->len; i++)
    json_object_array_add (ids,
                           json_object_new_string (result->deleted->pdata[i]));
  vg_json_set_take (object, "deleted", ids);
  return object;
}

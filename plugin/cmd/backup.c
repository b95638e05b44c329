/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance backup DOMAIN [NAME]: takes a snapshot, then deletes the oldest
 * backups. */
#include <stdio.h>

#include "cmd/command-options.h"
#include "cmd/module.h"
#include "cmd/plan-view.h"
#include "cmd/progress.h"
#include "cmd/status.h"
#include "cmd/work.h"
#include "job/images.h"
#include "job/metrics.h"
#include "request/policy.h"
#include "request/rules.h"
#include "plan/plan.h"
#include "plan/image-record.h"
#include "job/rotate.h"
#include "job/run.h"
#include "util/json.h"
#include "util/text.h"
#include "request/error.h"
#include "host/guest.h"

typedef struct {
  const VgCommandLine *line;
  VgRequest *request;
  char *uuid;       /* of the domain */
  VgDomain *domain; /* as it is at the start */
  gint phase;       /* VgWorkPhase; atomic */
} Backup;

static void
clear_backup (Backup *backup)
{
  vg_request_free (backup->request);
  g_free (backup->uuid);
  vg_domain_free (backup->domain);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Backup, clear_backup)

/* Uses the settings of the domain's policy that the options leave open. */
static gboolean
follow_policy (Backup *backup, GError **error)
{
  const VgConfig *config = backup->line->config;
  const VgDomain *domain = backup->domain;
  g_autoptr (VgRequest) policy = NULL;

  if (!vg_policy_find (domain, VG_EVENT_BACKUP, config->policy_directory,
                       &policy, error))
    return FALSE;
  if (policy == NULL) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "domain %s has no backup policy%s%s; give --type and "
                 "--rotation, or set one (virt-glance-policy(7))",
                 domain->name, *domain->strays != NULL ? ": " : "",
                 *domain->strays != NULL ? *domain->strays : "");
    return FALSE;
  }
  vg_request_merge (backup->request, policy);
  return vg_request_check (backup->request, VG_PLACE_COMMAND_BACKUP, config,
                           error);
}

static void
print_json (const VgJournal *journal, const GPtrArray *deleted)
{
  g_autoptr (VgJson) object = journal != NULL ? vg_journal_to_json (journal)
                                              : json_object_new_object ();
  g_autofree char *text = NULL;
  VgJson *ids = json_object_new_array ();

  for (guint i = 0; i < deleted->len; i++)
    json_object_array_add (ids, json_object_new_string (deleted->pdata[i]));
  vg_json_set_take (object, "deleted", ids);
  text = vg_json_to_text (object, TRUE);
  printf ("%s\n", text);
}

static void
print_deleted (const char *id)
{
  g_autofree char *shown = vg_text_clean (id, 0);

  printf ("Deleted the old backup %s\n", shown);
}

static void
print_result (const Backup *backup, const VgJournal *journal,
              const GPtrArray *deleted)
{
  if (backup->line->json) {
    print_json (journal, deleted);
    return;
  }
  if (backup->line->quiet)
    return;
  if (journal != NULL)
    vg_images_print (journal, FALSE, stdout);
  else
    printf ("No backup was made, because the rotation is 0\n");
  for (guint i = 0; i < deleted->len; i++)
    print_deleted (deleted->pdata[i]);
}

/* Prints what failed after the images were made. *rest: of the job, or NULL;
 * *why: of the rotation, or NULL. */
static int
fail_after_backup (VgJournal *journal, GError **rest, GError **why)
{
  g_autofree char *list = journal != NULL ? vg_images_list (journal) : NULL;

  if (*rest != NULL && *why != NULL)
    g_prefix_error (rest, "%s; in addition, ", (*why)->message);
  else if (list != NULL && *why != NULL)
    g_prefix_error (why, "%s of domain %s was made, but ", list,
                    journal->domain);
  return (int) vg_exit_with_error (*rest != NULL ? *rest : *why);
}

static void
rotate (const Backup *backup, VgGlance *glance, const VgJournal *journal,
        const VgReport *report, GPtrArray *deleted, GCancellable *cancellable,
        GError **error)
{
  VgRotation rotation = { .uuid = backup->uuid,
                          .backup_type = backup->request->backup_type,
                          .rotation = (guint) backup->request->rotation,
                          .made = journal };

  rotation.owner = vg_rotate_get_owner (journal, backup->request,
                                        backup->line->config, backup->domain);
  if (!vg_rotate_backups (glance, &rotation, report, deleted, cancellable,
                          error))
    g_debug ("domain %s: its rotation is incomplete", backup->domain->name);
}

static int
make_backup (Backup *backup, VgHost *host, VgGlance *glance,
             GCancellable *cancellable)
{
  g_autoptr (VgProgress) progress = vg_progress_new (backup->line->quiet);
  const VgReport *report = vg_progress_get_report (progress);
  g_autoptr (GPtrArray) deleted = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (VgJournal) journal = NULL;
  g_autoptr (GError) error = NULL, rest = NULL;

  vg_progress_allow_cancel (progress, backup->line->config->state_path,
                            cancellable);
  vg_progress_note_begin (progress, &backup->phase);
  /* With rotation 0 the new backup would be deleted at once. */
  if (backup->request->rotation > 0)
    journal = vg_run_snapshot (backup->request, backup->line->config, host,
                               glance, report, cancellable, &rest, &error);
  vg_metrics_update (backup->line->config);
  if (error != NULL) {
    g_clear_pointer (&progress, vg_progress_free);
    return (int) vg_exit_with_error (error);
  }
  g_atomic_int_set (&backup->phase, VG_WORK_FINISHES);
  /* After an interruption the next backup rotates. */
  if (!g_error_matches (rest, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    rotate (backup, glance, journal, report, deleted, cancellable, &error);
  g_clear_pointer (&progress, vg_progress_free);
  print_result (backup, journal, deleted);
  return rest == NULL && error == NULL
             ? VG_EXIT_SUCCESS
             : fail_after_backup (journal, &rest, &error);
}

static int
run_backup (GCancellable *cancellable, gpointer data)
{
  Backup *backup = data;
  const VgCommandLine *line = backup->line;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgHost) host = NULL;
  g_autoptr (VgGuest) guest = NULL;
  g_autoptr (VgGlance) glance = vg_glance_new (line->config, &error);

  if (glance != NULL)
    host = vg_host_open (vg_command_line_get_uri (line), &error);
  if (host != NULL)
    guest = vg_guest_find (host, backup->request->domain, &error);
  if (guest != NULL)
    backup->domain = vg_guest_read (guest, &error);
  if (backup->domain == NULL)
    return vg_exit_with_error (error);
  backup->uuid = g_strdup (vg_guest_get_uuid (guest));
  /* The job opens its own, which must be the only one that watches the
   * domain. */
  g_clear_pointer (&guest, vg_guest_free);
  if (backup->request->backup_type == NULL && !follow_policy (backup, &error))
    return vg_exit_with_error (error);
  return make_backup (backup, host, glance, cancellable);
}

int
vg_cmd_backup (VgCommandLine *line, int argc, char **argv)
{
  g_autoptr (VgCommandOptions) options =
      vg_command_options_new (VG_PLACE_COMMAND_BACKUP);
  const GOptionEntry *tables[] = { vg_command_options_get_entries (options),
                                   NULL };
  g_autoptr (GError) error = NULL;
  g_auto (Backup) backup = { .line = line };
  int status = vg_command_line_parse (line, tables, &argc, &argv, 1, 2);

  if (status != VG_EXIT_SUCCESS)
    return status;
  backup.request = vg_command_options_to_request (
      options, line->config, argv[1], argc > 2 ? argv[2] : NULL, &error);
  if (backup.request == NULL)
    return vg_exit_with_error (error);
  return vg_command_run_work (run_backup, &backup,
                              line->config->rollback_timeout, &backup.phase);
}

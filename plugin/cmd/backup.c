/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance backup DOMAIN [NAME]: takes a snapshot, then deletes the oldest
 * backups. virt-glance backup --all: of all guests. */
#include <stdio.h>

#include "cmd/backup-all.h"
#include "cmd/command-options.h"
#include "cmd/early.h"
#include "cmd/guest-backup.h"
#include "cmd/log.h"
#include "cmd/module.h"
#include "cmd/output.h"
#include "cmd/peers.h"
#include "cmd/plan-view.h"
#include "cmd/progress.h"
#include "cmd/status.h"
#include "cmd/work.h"
#include "job/images.h"
#include "request/error.h"
#include "util/duration.h"
#include "util/json.h"
#include "util/text.h"

/* How long a run over all guests waits for a service without --until. */
#define WAIT_S 3600

typedef struct {
  const VgCommandLine *line;
  VgGuestBackup backup; /* of one guest */
  VgBackupAll all;      /* of all; or its request is NULL */
  gboolean dry_run;
  gint phase; /* VgWorkPhase; atomic */
} Backup;

static void
clear_backup (Backup *backup)
{
  vg_guest_backup_clear (&backup->backup);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Backup, clear_backup)

/* The options that are not of a request. */
typedef struct {
  gboolean all;
  gboolean dry_run;
  char *unless_newer;
  char *until;
  char *wait;
} Own;

static void
clear_own (Own *own)
{
  g_free (own->unless_newer);
  g_free (own->until);
  g_free (own->wait);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Own, clear_own)

/* Uses the settings of the domain's policy that the options leave open. */
static gboolean
follow_policy (VgGuestBackup *backup, GError **error)
{
  const char *type = backup->request->backup_type;
  char *const *strays = backup->domain->strays;
  g_autofree char *shown = vg_text_clean (type, 40);
  gboolean found;

  if (!vg_guest_backup_follow_policy (backup, &found, error))
    return FALSE;
  if (!found && type != NULL)
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "domain %s has no policy for backups of type '%s'; give "
                 "--rotation, too, or set one (virt-glance-policy(7))",
                 backup->domain->name, shown);
  else if (!found)
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "domain %s has no backup policy%s%s; give --type and "
                 "--rotation, or set one (virt-glance-policy(7))",
                 backup->domain->name, *strays != NULL ? ": " : "",
                 *strays != NULL ? *strays : "");
  return found;
}

static void
print_deleted (const char *id, gboolean dry_run)
{
  g_autofree char *shown = vg_text_clean (id, 0);

  printf (dry_run ? "Would delete the old backup %s\n"
                  : "Deleted the old backup %s\n",
          shown);
}

static void
print_result (const VgGuestBackupResult *result, gboolean dry_run)
{
  if (result->journal != NULL)
    vg_images_print (result->journal, FALSE, stdout);
  else if (result->plan != NULL)
    vg_plan_print (result->plan, FALSE, stdout);
  else
    printf (dry_run ? "No backup would be made, because the rotation is 0\n"
                    : "No backup was made, because the rotation is 0\n");
  for (guint i = 0; i < result->deleted->len; i++)
    print_deleted (result->deleted->pdata[i], dry_run);
}

static int
end_backup (const Backup *backup, const VgGuestBackupResult *result)
{
  const VgCommandLine *line = backup->line;
  g_autoptr (VgJson) json = vg_guest_backup_result_to_json (result);

  if (!line->json && (backup->dry_run || !line->quiet))
    print_result (result, backup->dry_run);
  if (result->error != NULL)
    return (int) vg_exit_with_job (result->error, result->journal, json);
  if (line->json)
    vg_output_print (json, stdout);
  if (result->journal != NULL)
    vg_log_done (result->journal);
  return VG_EXIT_SUCCESS;
}

/* Or tells what would be made. If it fails, *failed is the job, if there is
 * one. */
static gboolean
make_backup (Backup *backup, VgHost *host, VgGlance *glance,
             GCancellable *cancellable, VgGuestBackupResult *result,
             VgJournal **failed, GError **error)
{
  g_autoptr (VgProgress) progress =
      backup->dry_run
          ? vg_progress_new (TRUE)
          : vg_progress_new_for_job (backup->line, &backup->phase, cancellable);
  const VgReport *report = vg_progress_get_report (progress);

  if (backup->dry_run)
    return vg_guest_backup_rehearse (&backup->backup, host, glance, report,
                                     cancellable, result, error);
  if (vg_guest_backup_make (&backup->backup, host, glance, report, cancellable,
                            &backup->phase, result, error))
    return TRUE;
  *failed = vg_progress_read_job (progress);
  return FALSE;
}

static int
run_backup (GCancellable *cancellable, gpointer data)
{
  Backup *backup = data;
  const VgCommandLine *line = backup->line;
  VgGuestBackup *guest = &backup->backup;
  g_auto (VgGuestBackupResult) result = { 0 };
  g_autoptr (VgJournal) failed = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgHost) host = NULL;
  g_autoptr (VgGlance) glance = NULL;

  if (backup->all.request != NULL)
    return vg_backup_all (&backup->all, cancellable);
  if (!vg_peers_open (line, &host, &glance, &error)
      || !vg_guest_backup_find (guest, host, &error)
      || (!vg_request_has_retention (guest->request)
          && !follow_policy (guest, &error)))
    return backup->dry_run
               ? (int) vg_exit_with_error (error)
               : vg_fail_early (line, guest->request, guest->domain, error);
  if (!make_backup (backup, host, glance, cancellable, &result, &failed,
                    &error))
    return (int) vg_exit_with_job (error, failed, NULL);
  return end_backup (backup, &result);
}

static gboolean
throw_usage (GError **error, const char *text)
{
  g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
               "%s; see 'virt-glance backup --help'", text);
  return FALSE;
}

/* Until the next time that clocks here show that. */
static gboolean
set_until (const Own *own, VgRequest *request, GError **error)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();

  return own->until == NULL
         || vg_duration_find_next (own->until,
                                   g_get_real_time () / G_USEC_PER_SEC, zone,
                                   &request->until)
         || throw_usage (error, "--until is a time of day, such as 06:00");
}

/* How long the services may be away. --until is a bound as well. */
static gboolean
set_wait (const Own *own, const VgRequest *request, VgBackupAll *all,
          GError **error)
{
  all->wait_s = request->until != 0 ? -1 : WAIT_S;
  if (own->wait != NULL && !vg_duration_parse (own->wait, &all->wait_s))
    return throw_usage (error, "--wait is a length of time, such as 30m or 2h; "
                               "0: do not wait");
  if (own->dry_run)
    all->wait_s = 0;
  return TRUE;
}

/* n: the number of arguments. */
static gboolean
check_own (const Own *own, int n, VgRequest *request, VgBackupAll *all,
           GError **error)
{
  if (!set_until (own, request, error))
    return FALSE;
  if (!own->all) {
    if (own->unless_newer != NULL)
      return throw_usage (error, "--unless-newer is for --all");
    if (own->wait != NULL)
      return throw_usage (error, "--wait is for --all");
    return n > 0 || throw_usage (error, "an argument is missing");
  }
  if (n > 0)
    return throw_usage (error, "--all takes no domain and no name");
  if (request->backup_type == NULL)
    return throw_usage (error, "--all needs --type");
  if (request->delete_all)
    return throw_usage (error, "--delete-all is not for --all");
  if (own->unless_newer != NULL
      && !vg_duration_parse (own->unless_newer, &all->unless_newer_s))
    return throw_usage (error, "--unless-newer is a length of time, such as "
                               "20h or 6d");
  if (!set_wait (own, request, all, error))
    return FALSE;
  all->request = request;
  all->dry_run = own->dry_run;
  return TRUE;
}

int
vg_cmd_backup (VgCommandLine *line, int argc, char **argv)
{
  g_autoptr (VgCommandOptions) options =
      vg_command_options_new (VG_PLACE_COMMAND_BACKUP);
  g_auto (Own) own = { 0 };
  const GOptionEntry entries[] = {
    { "all", 0, 0, G_OPTION_ARG_NONE, &own.all,
      "back up each guest whose policy wants this type", NULL },
    { "unless-newer", 0, 0, G_OPTION_ARG_FILENAME, &own.unless_newer,
      "with --all: skip guests of which Glance has a backup newer than AGE",
      "AGE" },
    { "until", 0, 0, G_OPTION_ARG_FILENAME, &own.until,
      "begin no backup after that time of day, such as 06:00", "TIME" },
    { "wait", 0, 0, G_OPTION_ARG_FILENAME, &own.wait,
      "with --all: wait so long at most while Glance, Keystone or libvirt is "
      "away (default: 1h, or until --until)",
      "TIME" },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &own.dry_run,
      "show what would be made and deleted, without doing it", NULL },
    { NULL },
  };
  const GOptionEntry *tables[] = { vg_command_options_get_entries (options),
                                   entries, NULL };
  g_autoptr (GError) error = NULL;
  g_auto (Backup) backup = { .line = line, .all.line = line };
  int status = vg_command_line_parse (line, tables, &argc, &argv, 0, 2);

  if (status != VG_EXIT_SUCCESS)
    return status;
  backup.backup.config = line->config;
  backup.backup.request = vg_command_options_to_request (
      options, line->config, argc > 1 ? argv[1] : NULL,
      argc > 2 ? argv[2] : NULL, &error);
  if (backup.backup.request == NULL
      || !check_own (&own, argc - 1, backup.backup.request, &backup.all,
                     &error))
    return (int) vg_exit_with_error (error);
  backup.dry_run = own.dry_run;
  return vg_command_run_work (
      run_backup, &backup, line->config->rollback_timeout,
      backup.all.request == NULL ? &backup.phase : NULL);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance restore DOMAIN */
#include "cmd/restore-guest.h"

#include <stdio.h>

#include "cmd/log.h"
#include "cmd/output.h"
#include "cmd/peers.h"
#include "cmd/progress.h"
#include "cmd/restored.h"
#include "cmd/status.h"
#include "cmd/work.h"
#include "job/metrics.h"
#include "restore/old.h"
#include "util/json.h"
#include "util/text.h"

typedef struct {
  const VgRestoreGuest *restore;
  gint phase; /* VgWorkPhase; atomic */
} Work;

/* Output */

static VgJson *
disk_to_json (const VgGuestDisk *disk, gboolean is_plan)
{
  VgJson *json = vg_restored_disk_to_json (disk->target, &disk->fetch,
                                           disk->path, disk->format);

  vg_json_set_bool (json, "overwritten", disk->kind->in_place);
  vg_json_set_string (json, "parent", disk->parent);
  if (disk->capacity > 0)
    vg_json_set_int (json, "capacity", (gint64) disk->capacity);
  if (disk->was > 0)
    vg_json_set_int (json, "capacity_before", (gint64) disk->was);
  if (is_plan && disk->space > 0)
    vg_json_set_int (json, "space", (gint64) disk->space);
  vg_json_set_string (json, "old", disk->old);
  return json;
}

/* job: NULL in a plan. */
static void
print_json (const VgGuestPlan *plan, const char *job)
{
  g_autoptr (VgJson) json = json_object_new_object ();
  VgJson *disks = json_object_new_array ();

  vg_json_set_string (json, "job", job);
  vg_json_set_string (json, "domain", plan->domain->name);
  vg_json_set_string (json, "uuid", plan->domain->uuid);
  if (plan->set->created > 0)
    vg_json_set_int (json, "created", plan->set->created);
  vg_json_set_string (json, "type", plan->set->type);
  vg_json_set_string (json, "group", plan->set->group);
  for (guint i = 0; i < plan->disks->len; i++)
    json_object_array_add (disks,
                           disk_to_json (plan->disks->pdata[i], job == NULL));
  vg_json_set_take (json, "disks", disks);
  vg_output_print (json, stdout);
}

/* "the daily backup of 2026-11-29 02:00:03" */
static char *
describe_set (const VgImageSet *set)
{
  g_autoptr (GDateTime) at =
      set->created > 0 ? g_date_time_new_from_unix_local (set->created) : NULL;
  g_autofree char *time = at != NULL ? g_date_time_format (at, "%F %T")
                                     : g_strdup ("an unknown time");
  g_autofree char *type =
      set->type != NULL ? vg_text_clean (set->type, 20) : NULL;

  return type != NULL ? g_strdup_printf ("the %s backup of %s", type, time)
                      : g_strdup_printf ("the snapshot of %s", time);
}

static void
show_disk (const VgGuestDisk *disk)
{
  g_autofree char *name = vg_text_clean (disk->image->name, 0);
  g_autofree char *path = vg_text_clean (disk->path, 0);
  g_autofree char *size = vg_text_format_size (disk->image->size);
  g_autofree char *space = vg_text_format_size (disk->space);
  g_autofree char *now = vg_text_format_size (disk->was);
  g_autofree char *then = vg_text_format_size (disk->capacity);

  printf ("\ndisk:           %s\n", disk->target);
  printf ("image:          %s (%s)\n", disk->image->id, name);
  printf ("image size:     %s of %s\n", size, disk->image->disk_format);
  printf ("hash:           %s\n", disk->fetch.algorithm != NULL
                                      ? disk->fetch.algorithm
                                      : "none, Glance has no hash of it");
  printf ("%s %s (%s)\n",
          disk->kind->in_place ? "device:        " : "file:          ", path,
          disk->kind->in_place ? "overwritten, its content is lost"
                               : "the present one is kept");
  if (disk->chained)
    printf ("definition:     its <backingStore> is removed\n");
  if (disk->parent != NULL)
    printf ("clone of:       %s\n", disk->parent);
  printf ("file format:    %s%s\n", disk->format,
          disk->fetch.to != NULL ? " (converted by qemu-img)" : "");
  printf ("disk size:      %s, now %s\n",
          disk->capacity > 0 ? then : "the image's",
          disk->was > 0 ? now : "unknown");
  if (disk->space > 0)
    printf ("free space:     %s\n", space);
}

static void
show_plan (const VgGuestPlan *plan)
{
  g_autofree char *set = describe_set (plan->set);

  printf ("domain:         %s (%s)\n", plan->domain->name, plan->domain->uuid);
  printf ("from:           %s\n", set);
  for (guint i = 0; i < plan->disks->len; i++)
    show_disk (plan->disks->pdata[i]);
}

static void
print_result (const VgGuestPlan *plan)
{
  g_autofree char *set = describe_set (plan->set);
  gboolean kept = FALSE;

  printf ("Domain %s is restored from %s\n", plan->domain->name, set);
  for (guint i = 0; i < plan->disks->len; i++) {
    const VgGuestDisk *disk = plan->disks->pdata[i];
    g_autofree char *old =
        disk->old != NULL ? vg_text_clean (disk->old, 0) : NULL;

    printf ("Disk %s has image %s; the old one is %s\n", disk->target,
            disk->image->id, old != NULL ? old : "overwritten");
    kept |= old != NULL;
  }
  if (!kept)
    return;
  printf ("'virt-glance restore %s --discard-old' deletes the old disks\n",
          plan->domain->name);
}

/* The work */

/* An image's id may have been meant. */
static int
fail (GError *error, const VgJournal *journal, VgJson *result)
{
  if (g_error_matches (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN))
    g_prefix_error (&error, "restore needs --to FILE for an image, or a domain "
                            "of this host: ");
  return (int) vg_exit_with_job (error, journal, result);
}

static int
rehearse (const VgRestoreGuest *restore, VgHost *host, VgGlance *glance,
          GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgGuestPlan) plan =
      vg_guest_restore_rehearse (&restore->wanted, restore->line->config, host,
                                 glance, cancellable, &error);

  if (plan == NULL)
    return fail (error, NULL, NULL);
  if (restore->line->json)
    print_json (plan, NULL);
  else
    show_plan (plan);
  return VG_EXIT_SUCCESS;
}

static int
run_job (Work *work, VgHost *host, VgGlance *glance, GCancellable *cancellable)
{
  const VgCommandLine *line = work->restore->line;
  g_autoptr (VgProgress) progress =
      vg_progress_new_for_job (line, &work->phase, cancellable);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgGuestPlan) plan = NULL;
  g_autoptr (VgJournal) journal = NULL, failed = NULL;
  g_autofree char *done = NULL;

  journal = vg_guest_restore (&work->restore->wanted, line->config, host,
                              glance, vg_progress_get_report (progress), &plan,
                              cancellable, &error);
  if (journal == NULL)
    failed = vg_progress_read_job (progress);
  g_clear_pointer (&progress, vg_progress_free);
  vg_metrics_update (line->config);
  if (journal == NULL)
    return fail (error, failed, NULL);
  if (line->json)
    print_json (plan, journal->id);
  else if (!line->quiet)
    print_result (plan);
  vg_log_done (journal);
  done = g_strdup_printf ("domain %s is restored", journal->domain);
  return (int) vg_exit_flush (VG_EXIT_SUCCESS, done);
}

static int
restore_disks (GCancellable *cancellable, gpointer data)
{
  Work *work = data;
  const VgCommandLine *line = work->restore->line;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgHost) host = NULL;
  g_autoptr (VgGlance) glance = NULL;

  if (!vg_peers_open (line, &host, &glance, &error))
    return (int) vg_exit_with_error (error);
  return work->restore->dry_run
             ? rehearse (work->restore, host, glance, cancellable)
             : run_job (work, host, glance, cancellable);
}

static void
print_old (const VgRestoreGuest *restore, const VgOldDisks *old, VgJson *json)
{
  VgJson *paths = json_object_new_array ();

  for (guint i = 0; i < old->paths->len; i++) {
    g_autofree char *path = vg_text_clean (old->paths->pdata[i], 0);

    json_object_array_add (paths,
                           json_object_new_string (old->paths->pdata[i]));
    if (!restore->line->json && (!restore->line->quiet || restore->dry_run))
      printf ("%s %s\n", restore->dry_run ? "Would delete" : "Deleted", path);
  }
  vg_json_set_string (json, "domain", old->domain);
  vg_json_set_string (json, "uuid", old->uuid);
  vg_json_set_take (json, "discarded", paths);
}

static int
discard_old (GCancellable *cancellable G_GNUC_UNUSED, gpointer data)
{
  const VgRestoreGuest *restore = ((Work *) data)->restore;
  const VgCommandLine *line = restore->line;
  g_autoptr (VgProgress) progress = vg_progress_new_for (line);
  g_autoptr (VgOldDisks) old = vg_old_disks_new ();
  g_autoptr (VgJson) json = json_object_new_object ();
  g_autoptr (GError) error = NULL;
  g_autoptr (VgHost) host =
      vg_host_open (vg_command_line_get_uri (line), &error);
  gboolean ok = host != NULL
                && vg_old_disks_discard (
                    restore->wanted.domain, restore->dry_run, line->config,
                    host, vg_progress_get_report (progress), old, &error);

  g_clear_pointer (&progress, vg_progress_free);
  print_old (restore, old, json);
  if (!ok)
    return fail (error, NULL, old->domain != NULL ? json : NULL);
  if (line->json)
    vg_output_print (json, stdout);
  else if (old->paths->len == 0 && !line->quiet)
    printf ("Domain %s has no old disks\n", old->domain);
  return (int) vg_exit_flush (VG_EXIT_SUCCESS, "old disks are deleted");
}

int
vg_restore_guest_run (const VgRestoreGuest *restore)
{
  Work work = { .restore = restore };

  return vg_command_run_work (
      restore->discard_old ? discard_old : restore_disks, &work,
      restore->line->config->rollback_timeout, &work.phase);
}

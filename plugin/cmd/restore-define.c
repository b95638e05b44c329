/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance restore --instance UUID --define */
#include "cmd/restore-define.h"

#include <stdio.h>
#include <string.h>

#include "cmd/log.h"
#include "cmd/output.h"
#include "cmd/peers.h"
#include "cmd/progress.h"
#include "cmd/restored.h"
#include "cmd/status.h"
#include "cmd/work.h"
#include "job/metrics.h"
#include "util/interruption.h"
#include "util/json.h"
#include "util/text.h"

typedef struct {
  const VgRestoreDefine *restore;
  gint phase; /* VgWorkPhase; atomic */
} Work;

/* Options */

void
vg_define_options_clear (VgDefineOptions *options)
{
  g_free (options->instance);
  g_free (options->name);
  g_free (options->directory);
  g_free (options->pool);
}

void
vg_define_options_list (VgDefineOptions *options,
                        GOptionEntry entries[VG_DEFINE_ENTRIES])
{
  const GOptionEntry own[VG_DEFINE_ENTRIES] = {
    { "instance", 0, 0, G_OPTION_ARG_STRING, &options->instance,
      "with --define: the UUID of the domain that is gone", "UUID" },
    { "define", 0, 0, G_OPTION_ARG_NONE, &options->define,
      "make its disks on this host, and define it", NULL },
    { "name", 0, 0, G_OPTION_ARG_STRING, &options->name, "another name for it",
      "NAME" },
    { "directory", 0, 0, G_OPTION_ARG_FILENAME, &options->directory,
      "where to make the disks, or …", "DIR" },
    { "pool", 0, 0, G_OPTION_ARG_STRING, &options->pool,
      "… the storage pool (dir, fs or netfs)", "POOL" },
    { "trust-definition", 0, 0, G_OPTION_ARG_NONE, &options->trusted,
      "take over what names files, devices and programs of the host, too",
      NULL },
    { "skip-missing", 0, 0, G_OPTION_ARG_NONE, &options->skip_missing,
      "leave out disks of which there is no image", NULL },
    { NULL },
  };

  memcpy (entries, own, sizeof own);
}

gboolean
vg_define_options_are_set (const VgDefineOptions *options)
{
  return options->instance != NULL || options->define || options->name != NULL
         || options->directory != NULL || options->pool != NULL
         || options->trusted || options->skip_missing;
}

/* NULL: nothing is wrong. */
static const char *
find_mistake (const VgDefineOptions *options)
{
  if (options->instance == NULL || !options->define)
    return "--instance UUID and --define belong together: they define a domain "
           "that is gone; --name, --directory, --pool, --trust-definition and "
           "--skip-missing are for this alone";
  if (!vg_text_is_uuid (options->instance))
    return "--instance takes the UUID of a domain";
  if ((options->directory != NULL) == (options->pool != NULL))
    return "--define needs either --directory DIR or --pool POOL, for the "
           "disks";
  return NULL;
}

/* Output */

static VgJson *
list_to_json (char **list, gsize n)
{
  VgJson *json = json_object_new_array ();

  for (gsize i = 0; i < n; i++)
    json_object_array_add (json, json_object_new_string (list[i]));
  return json;
}

/* job: NULL in a plan, which has the definition. */
static void
print_json (const VgDefinePlan *plan, const char *job)
{
  g_autoptr (VgJson) json = json_object_new_object ();
  VgJson *disks = json_object_new_array ();
  VgJson *missing = list_to_json (plan->missing, g_strv_length (plan->missing));
  VgJson *left_out =
      list_to_json ((char **) plan->left_out->pdata, plan->left_out->len);

  vg_json_set_string (json, "job", job);
  vg_json_set_string (json, "domain", plan->name);
  vg_json_set_string (json, "uuid", plan->uuid);
  if (plan->set->created > 0)
    vg_json_set_int (json, "created", plan->set->created);
  vg_json_set_string (json, "type", plan->set->type);
  vg_json_set_string (json, "directory", plan->directory);
  for (guint i = 0; i < plan->disks->len; i++) {
    const VgDefineDisk *disk = plan->disks->pdata[i];

    json_object_array_add (disks,
                           vg_restored_disk_to_json (disk->target, &disk->fetch,
                                                     disk->path, disk->format));
  }
  vg_json_set_take (json, "disks", disks);
  vg_json_set_take (json, "missing", missing);
  vg_json_set_take (json, "left_out", left_out);
  if (job == NULL) {
    vg_json_set_int (json, "space", (gint64) plan->space);
    vg_json_set_string (json, "definition", plan->xml);
  }
  vg_output_print (json, stdout);
}

static void
show_plan (const VgDefinePlan *plan)
{
  g_autofree char *space = vg_text_format_size (plan->space);
  g_auto (GStrv) lines = g_strsplit (plan->xml, "\n", -1);

  printf ("domain:         %s (%s)\n", plan->name, plan->uuid);
  printf ("free space:     %s in %s\n", space, plan->directory);
  for (guint i = 0; i < plan->disks->len; i++) {
    const VgDefineDisk *disk = plan->disks->pdata[i];
    g_autofree char *size = vg_text_format_size (disk->image->size);

    printf ("disk:           %s, %s (%s%s) from image %s (%s)\n", disk->target,
            disk->path, disk->format,
            disk->fetch.to != NULL ? ", converted" : "", disk->image->id, size);
  }
  for (char **target = plan->missing; *target != NULL; target++)
    printf ("no image:       %s\n", *target);
  for (guint i = 0; i < plan->warnings->len; i++)
    printf ("warning:        %s\n", (char *) plan->warnings->pdata[i]);
  for (guint i = 0; i < plan->left_out->len; i++)
    printf ("left out:       %s\n", (char *) plan->left_out->pdata[i]);
  printf ("definition:\n");
  for (char **line = lines; *line != NULL; line++) {
    g_autofree char *clean = vg_text_clean (*line, 0);

    printf ("  %s\n", clean);
  }
}

static void
print_result (const VgDefinePlan *plan)
{
  printf ("Domain %s (%s) is defined; 'virsh start %s' starts it\n", plan->name,
          plan->uuid, plan->name);
  for (guint i = 0; i < plan->disks->len; i++) {
    const VgDefineDisk *disk = plan->disks->pdata[i];

    printf ("Disk %s is %s, from image %s\n", disk->target, disk->path,
            disk->image->id);
  }
}

/* The work */

static int
rehearse (const VgRestoreDefine *restore, VgHost *host, VgGlance *glance,
          GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDefinePlan) plan =
      vg_define_plan_new (&restore->wanted, host, glance, cancellable, &error);

  vg_interruption_name (&error, "the plan of the restore");
  if (plan == NULL)
    return (int) vg_exit_with_error (error);
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
  g_autoptr (VgDefinePlan) plan = NULL;
  g_autoptr (VgJournal) journal = NULL, failed = NULL;
  g_autofree char *done = NULL;

  journal = vg_define_run (&work->restore->wanted, line->config, host, glance,
                           vg_progress_get_report (progress), &plan,
                           cancellable, &error);
  if (journal == NULL)
    failed = vg_progress_read_job (progress);
  g_clear_pointer (&progress, vg_progress_free);
  vg_metrics_update (line->config);
  if (journal == NULL)
    return (int) vg_exit_with_job (error, failed, NULL);
  if (line->json)
    print_json (plan, journal->id);
  else if (!line->quiet)
    print_result (plan);
  vg_log_done (journal);
  done = g_strdup_printf ("domain %s is defined", journal->domain);
  return (int) vg_exit_flush (VG_EXIT_SUCCESS, done);
}

static int
define_domain (GCancellable *cancellable, gpointer data)
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

int
vg_restore_define_run (VgRestoreDefine *restore)
{
  const VgDefineOptions *options = restore->options;
  const char *mistake = find_mistake (options);
  g_autofree char *uuid = NULL;
  Work work = { .restore = restore };

  if (mistake != NULL)
    return (int) vg_exit_failing (VG_FAILURE_USAGE, "%s", mistake);
  uuid = g_ascii_strdown (options->instance, -1);
  restore->wanted.uuid = uuid;
  restore->wanted.name = options->name;
  restore->wanted.directory = options->directory;
  restore->wanted.pool = options->pool;
  restore->wanted.trusted = options->trusted;
  restore->wanted.skip_missing = options->skip_missing;
  return vg_command_run_work (define_domain, &work,
                              restore->line->config->rollback_timeout,
                              &work.phase);
}

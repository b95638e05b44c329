/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance restore: an image to a file; a guest (cmd/restore-guest.h); one
 * that is gone (cmd/restore-define.h) */
#include "restore/to-file.h"

#include <stdio.h>

#include "cmd/module.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "cmd/restore-define.h"
#include "cmd/restore-guest.h"
#include "cmd/status.h"
#include "cmd/work.h"
#include "request/check.h"
#include "util/interruption.h"
#include "util/json.h"
#include "util/moment.h"
#include "util/text.h"

typedef struct {
  const VgCommandLine *line;
  VgRestore wanted;
  char *path;
  char *format;
  gboolean dry_run;
  char *image, *type, *before;
  char **disks;
  gboolean discard_old;
  VgDefineOptions define;
} Restore;

static void
clear_restore (Restore *restore)
{
  g_free (restore->path);
  g_free (restore->format);
  g_free (restore->image);
  g_free (restore->type);
  g_free (restore->before);
  g_strfreev (restore->disks);
  vg_define_options_clear (&restore->define);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Restore, clear_restore)

/* What a plan and a result have in common. */
static VgJson *
plan_to_json (const VgRestorePlan *plan)
{
  VgJson *json = json_object_new_object ();

  vg_json_set_string (json, "image", plan->image->id);
  vg_json_set_string (json, "name", plan->image->name);
  vg_json_set_string (json, "disk_format", plan->image->disk_format);
  vg_json_set_string (json, "file", plan->path);
  vg_json_set_string (json, "format", plan->fetch.format);
  vg_json_set_bool (json, "converted", plan->fetch.to != NULL);
  vg_json_set_bool (json, "overwritten", plan->replaces);
  vg_json_set_string (json, "hash_algo", plan->fetch.algorithm);
  return json;
}

static const char *
describe_check (const VgRestorePlan *plan)
{
  return plan->fetch.algorithm != NULL ? plan->fetch.algorithm
                                       : "none, Glance has no hash of it";
}

static int
show_plan (const Restore *restore, const VgRestorePlan *plan)
{
  g_autofree char *name = vg_text_clean (plan->image->name, 0);
  g_autofree char *own = vg_text_clean (plan->image->disk_format, 0);
  g_autofree char *path = vg_text_clean (plan->path, 0);
  g_autofree char *size = vg_text_format_size (plan->image->size);
  g_autofree char *space = vg_text_format_size (plan->space);

  if (restore->line->json) {
    g_autoptr (VgJson) json = plan_to_json (plan);

    vg_json_set_int (json, "size", (gint64) plan->image->size);
    vg_json_set_int (json, "space", (gint64) plan->space);
    vg_output_print (json, stdout);
    return VG_EXIT_SUCCESS;
  }
  printf ("image:          %s (%s)\n", plan->image->id, name);
  printf ("image format:   %s\n", own);
  printf ("image size:     %s\n", size);
  printf ("hash:           %s\n", describe_check (plan));
  printf ("file:           %s%s\n", path,
          plan->replaces ? " (replaces the present one)" : "");
  printf ("file format:    %s%s\n", plan->fetch.format,
          plan->fetch.to != NULL ? " (converted by qemu-img)" : "");
  printf ("free space:     %s\n", space);
  return VG_EXIT_SUCCESS;
}

static void
print_result (const Restore *restore, const VgRestorePlan *plan, guint64 size)
{
  g_autofree char *path = vg_text_clean (plan->path, 0);
  g_autofree char *text = vg_text_format_size (size);

  if (restore->line->json) {
    g_autoptr (VgJson) json = plan_to_json (plan);

    vg_json_set_int (json, "size", (gint64) size);
    vg_output_print (json, stdout);
    return;
  }
  printf ("Image %s is restored to %s: %s of %s\n", plan->image->id, path, text,
          plan->fetch.format);
  printf ("Compared with Glance: %s\n", plan->fetch.algorithm != NULL
                                            ? plan->fetch.algorithm
                                            : "the size alone");
}

static int
run_plan (const Restore *restore, const VgRestorePlan *plan, VgGlance *glance,
          GCancellable *cancellable)
{
  g_autoptr (VgProgress) progress = vg_progress_new_for (restore->line);
  g_autoptr (GError) error = NULL;
  g_autofree char *done = NULL;
  guint64 size;
  gboolean ok = vg_restore_run (plan, restore->line->config, glance,
                                vg_progress_get_report (progress), &size,
                                cancellable, &error);

  g_clear_pointer (&progress, vg_progress_free);
  if (!ok)
    return (int) vg_exit_with_error (error);
  print_result (restore, plan, size);
  done = g_strdup_printf ("image %s is restored", plan->image->id);
  return (int) vg_exit_flush (VG_EXIT_SUCCESS, done);
}

static int
run_restore (GCancellable *cancellable, gpointer data)
{
  const Restore *restore = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgRestorePlan) plan = NULL;
  g_autoptr (VgGlance) glance = vg_glance_new (restore->line->config, &error);

  if (glance != NULL)
    plan = vg_restore_plan_new (&restore->wanted, glance, cancellable, &error);
  vg_interruption_name (&error, "the plan of the restore");
  if (plan == NULL)
    return (int) vg_exit_with_error (error);
  return restore->dry_run ? show_plan (restore, plan)
                          : run_plan (restore, plan, glance, cancellable);
}

/* The options that are for a file, or for a guest. */
static const char *
find_stray (const Restore *restore)
{
  gboolean chooses = restore->image != NULL || restore->type != NULL
                     || restore->before != NULL || restore->disks != NULL;

  if (restore->path != NULL && (chooses || restore->discard_old))
    return "--to makes a file of one image, and --image, --type, --before, "
           "--disk and --discard-old are for a domain's disks";
  if (restore->path == NULL && restore->format != NULL)
    return "--format needs --to FILE, the file to create; a domain's disks "
           "keep their formats";
  if (restore->discard_old && (chooses || restore->wanted.overwrite))
    return "--discard-old deletes the old disks of all restores, and takes no "
           "image, type, time, disk or --overwrite";
  if (restore->image != NULL
      && (restore->type != NULL || restore->before != NULL))
    return "--image names the image, so there is nothing to choose by --type "
           "or --before";
  return NULL;
}

/* Checks --type, and reads --before. */
static gboolean
read_choice (const Restore *restore, gint64 *before, int *status)
{
  g_autoptr (GError) error = NULL;

  if (restore->type != NULL && !vg_request_check_type (restore->type, &error))
    *status = (int) vg_exit_with_error (error);
  else if (restore->before != NULL
           && !vg_moment_parse (restore->before, before))
    *status = (int) vg_exit_failing (VG_FAILURE_USAGE,
                                     "--before is a time like 2026-11-29 or "
                                     "'2026-11-29 20:00', and not '%s'",
                                     restore->before);
  else
    return TRUE;
  return FALSE;
}

static int
restore_guest (const Restore *restore, const char *domain)
{
  int status;
  VgRestoreGuest guest = { .line = restore->line,
                           .wanted.domain = domain,
                           .wanted.choice = { .image = restore->image,
                                              .type = restore->type,
                                              .disks = restore->disks },
                           .wanted.overwrite = restore->wanted.overwrite,
                           .discard_old = restore->discard_old,
                           .dry_run = restore->dry_run };

  return read_choice (restore, &guest.wanted.choice.before, &status)
             ? vg_restore_guest_run (&guest)
             : status;
}

static int
restore_definition (const Restore *restore, int argc)
{
  int status;
  VgRestoreDefine define = { .line = restore->line,
                             .options = &restore->define,
                             .wanted = { .image = restore->image,
                                         .type = restore->type },
                             .dry_run = restore->dry_run };

  if (argc > 1 || restore->path != NULL || restore->disks != NULL
      || restore->discard_old)
    return (int) vg_exit_failing (VG_FAILURE_USAGE,
                                  "--instance UUID --define takes neither an "
                                  "image or domain besides, nor --to, --disk "
                                  "and --discard-old");
  return read_choice (restore, &define.wanted.before, &status)
             ? vg_restore_define_run (&define)
             : status;
}

int
vg_cmd_restore (VgCommandLine *line, int argc, char **argv)
{
  g_auto (Restore) restore = { .line = line };
  const GOptionEntry own[] = {
    { "to", 0, 0, G_OPTION_ARG_FILENAME, &restore.path,
      "make a file of the image, instead of a domain's disks", "FILE" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &restore.format,
      "format of the file: raw, qcow2, vmdk, vdi, vhd or vhdx (default: the "
      "image's own)",
      "FORMAT" },
    { "overwrite", 0, 0, G_OPTION_ARG_NONE, &restore.wanted.overwrite,
      "replace the file if it exists; or overwrite a domain's block devices",
      NULL },
    { "image", 0, 0, G_OPTION_ARG_STRING, &restore.image,
      "the image for the disk that it is of (default: the newest of all disks)",
      "ID" },
    { "type", 0, 0, G_OPTION_ARG_STRING, &restore.type,
      "the newest backup of that type", "TYPE" },
    { "before", 0, 0, G_OPTION_ARG_STRING, &restore.before,
      "the newest from before that time", "TIME" },
    { "disk", 0, 0, G_OPTION_ARG_STRING_ARRAY, &restore.disks,
      "only that disk, by target or path (may be repeated)", "DISK" },
    { "discard-old", 0, 0, G_OPTION_ARG_NONE, &restore.discard_old,
      "delete the old disks that restores of the domain have kept", NULL },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &restore.dry_run,
      "show what would be done, without doing it", NULL },
    { NULL },
  };
  GOptionEntry define[VG_DEFINE_ENTRIES];
  const GOptionEntry *const tables[] = { own, define, NULL };
  int status;
  const char *stray;

  vg_define_options_list (&restore.define, define);
  status = vg_command_line_parse (line, tables, &argc, &argv, 0, 1);
  if (status != VG_EXIT_SUCCESS)
    return status;
  stray = find_stray (&restore);
  if (stray != NULL)
    return (int) vg_exit_failing (VG_FAILURE_USAGE, "%s", stray);
  if (vg_define_options_are_set (&restore.define))
    return restore_definition (&restore, argc);
  if (argc < 2)
    return (int) vg_exit_failing (VG_FAILURE_USAGE,
                                  "restore needs an image and --to FILE, a "
                                  "domain, or --instance UUID and --define; "
                                  "see 'virt-glance restore --help'");
  if (restore.path == NULL)
    return restore_guest (&restore, argv[1]);
  restore.wanted.image = argv[1];
  restore.wanted.path = restore.path;
  restore.wanted.format = restore.format;
  return vg_command_run_query (run_restore, &restore);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance prune --instance UUID: deletes old backups of an instance that
 * need not exist any more, so libvirt isn't asked. */
#include <stdio.h>

#include "cmd/command-options.h"
#include "cmd/module.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "cmd/status.h"
#include "cmd/work.h"
#include "job/backups.h"
#include "job/rotate.h"
#include "request/error.h"
#include "util/interruption.h"
#include "util/json.h"
#include "util/text.h"

typedef struct {
  const VgCommandLine *line;
  const VgRequest *request;
  const char *uuid; /* lower case */
  gboolean dry_run;
  VgGlance *glance;
  GCancellable *cancellable;
  const VgReport *report;
  GPtrArray *deleted;
} Prune;

/* Backups of one type and project: each project's are counted by themselves,
 * because anybody can make images that look like an instance's. */
static GHashTable *
group_backups (const Prune *prune, GPtrArray *all)
{
  const char *wanted = prune->request->backup_type;
  GHashTable *groups = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);

  for (guint i = 0; i < all->len; i++) {
    const VgImageRecord *record = all->pdata[i];
    const char *type = vg_backups_get_type (record);
    g_autofree char *key = g_strdup_printf (
        "%s\n%s", record->owner != NULL ? record->owner : "", type);
    GPtrArray *group = g_hash_table_lookup (groups, key);

    if (wanted != NULL && !g_str_equal (type, wanted))
      continue;
    if (group == NULL) {
      group = g_ptr_array_new_with_free_func (
          (GDestroyNotify) vg_image_record_free);
      g_hash_table_insert (groups, g_steal_pointer (&key), group);
    }
    g_ptr_array_add (group, g_steal_pointer (&all->pdata[i]));
  }
  return groups;
}

/* A failure in one group doesn't stop the others; returns the first. */
static gboolean
prune_groups (Prune *prune, GHashTable *groups, GError **error)
{
  const VgRotation rotation = { .uuid = prune->uuid,
                                .keep =
                                    vg_retention_from_request (prune->request),
                                .dry_run = prune->dry_run };
  GHashTableIter iter;
  gpointer group;
  gboolean ok = TRUE;

  g_hash_table_iter_init (&iter, groups);
  while (g_hash_table_iter_next (&iter, NULL, &group))
    if (!vg_rotate_listed (prune->glance, &rotation, group, prune->report,
                           prune->deleted, prune->cancellable,
                           ok ? error : NULL))
      ok = FALSE;
  return ok;
}

static gboolean
prune_instance (Prune *prune, GError **error)
{
  g_autoptr (GPtrArray) all = vg_backups_list_instance (
      prune->glance, prune->uuid, prune->cancellable, error);
  g_autoptr (GHashTable) groups = NULL;

  if (all == NULL) {
    g_prefix_error (
        error, "the backups of instance %s can't be listed: ", prune->uuid);
    return FALSE;
  }
  groups = group_backups (prune, all);
  return prune_groups (prune, groups, error);
}

/* A new reference. */
static VgJson *
result_to_json (const Prune *prune)
{
  VgJson *object = json_object_new_object ();
  VgJson *ids = json_object_new_array ();

  for (guint i = 0; i < prune->deleted->len; i++)
    json_object_array_add (ids,
                           json_object_new_string (prune->deleted->pdata[i]));
  vg_json_set_take (object, "deleted", ids);
  return object;
}

static void
print_result (const Prune *prune)
{
  for (guint i = 0; i < prune->deleted->len; i++) {
    g_autofree char *id = vg_text_clean (prune->deleted->pdata[i], 0);

    printf (prune->dry_run ? "Would delete the backup %s\n"
                           : "Deleted the backup %s\n",
            id);
  }
  if (prune->deleted->len == 0)
    printf ("No backup exceeds what is to be kept\n");
}

/* error: or NULL. */
static int
end_prune (const Prune *prune, const GError *error)
{
  g_autoptr (VgJson) result = result_to_json (prune);

  if (!prune->line->json && (error == NULL || prune->deleted->len > 0))
    print_result (prune);
  if (error != NULL)
    return (int) vg_exit_with_job (error, NULL, result);
  if (prune->line->json)
    vg_output_print (result, stdout);
  return VG_EXIT_SUCCESS;
}

static int
run_prune (GCancellable *cancellable, gpointer data)
{
  Prune *prune = data;
  g_autoptr (VgProgress) progress = vg_progress_new_for (prune->line);
  g_autoptr (GPtrArray) deleted = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgGlance) glance = vg_glance_new (prune->line->config, &error);

  prune->glance = glance;
  prune->cancellable = cancellable;
  prune->deleted = deleted;
  prune->report = vg_progress_get_report (progress);
  if (glance != NULL && !prune_instance (prune, &error))
    vg_interruption_name (&error, "the deletion of old backups");
  g_clear_pointer (&progress, vg_progress_free);
  return end_prune (prune, error);
}

static gboolean
check_instance (const char *uuid, GError **error)
{
  if (uuid != NULL && vg_text_is_uuid (uuid))
    return TRUE;
  g_set_error_literal (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                       uuid == NULL
                           ? "--instance is missing; see 'virt-glance prune "
                             "--help'"
                           : "--instance is the UUID of a domain or server");
  return FALSE;
}

int
vg_cmd_prune (VgCommandLine *line, int argc, char **argv)
{
  g_autoptr (VgCommandOptions) options =
      vg_command_options_new (VG_PLACE_COMMAND_PRUNE);
  g_autoptr (VgRequest) request = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *uuid = NULL, *lower = NULL;
  Prune prune = { .line = line };
  const GOptionEntry own[] = {
    { "instance", 0, 0, G_OPTION_ARG_FILENAME, &uuid,
      "the domain or server, which need not exist any more", "UUID" },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &prune.dry_run,
      "show what would be deleted, without doing it", NULL },
    { NULL },
  };
  const GOptionEntry *tables[] = { vg_command_options_get_entries (options),
                                   own, NULL };
  int status = vg_command_line_parse (line, tables, &argc, &argv, 0, 0);

  if (status != VG_EXIT_SUCCESS)
    return status;
  request = check_instance (uuid, &error) ? vg_command_options_to_request (
                options, line->config, NULL, NULL, &error)
                                          : NULL;
  if (request == NULL)
    return (int) vg_exit_with_error (error);
  prune.request = request;
  prune.uuid = lower = g_ascii_strdown (uuid, -1);
  return vg_command_run_query (run_prune, &prune);
}

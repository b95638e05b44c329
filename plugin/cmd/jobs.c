/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance jobs */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/status.h"
#include "job/journal.h"
#include "job/lock.h"
#include "util/json.h"
#include "util/text.h"

/* "running" is what the journal says of a job that died, too. */
static const char *
get_state (const VgConfig *config, const VgJournal *journal)
{
  if (vg_lock_holds_job (config->state_path, journal->uuid, journal->id))
    return "running";
  if (journal->state == VG_JOB_RUNNING || vg_journal_has_leftovers (journal))
    return "to recover";
  return vg_job_state_to_string (journal->state);
}

static void
print_json (const VgConfig *config, GPtrArray *journals)
{
  g_autoptr (VgJson) array = json_object_new_array ();
  g_autofree char *text = NULL;

  for (guint i = 0; i < journals->len; i++) {
    VgJson *json = vg_journal_to_json (journals->pdata[i]);

    vg_json_set_string (json, "state", get_state (config, journals->pdata[i]));
    json_object_array_add (array, json);
  }
  text = vg_json_to_text (array, TRUE);
  printf ("%s\n", text);
}

static char *
describe_images (const VgJournal *journal)
{
  GString *text =
      g_string_new (journal->kind == VG_JOB_FLATTEN ? "flattening " : NULL);

  for (guint i = 0; i < journal->images->len; i++) {
    const VgJobImage *image = journal->images->pdata[i];
    g_autofree char *name = vg_text_clean (image->name, 40);

    g_string_append_printf (text, "%s%s (%s) in %s", i > 0 ? ", " : "", name,
                            image->id,
                            image->store ? image->store : "the only store");
  }
  return g_string_free (text, FALSE);
}

static void
print_job (const VgConfig *config, const VgJournal *journal)
{
  g_autoptr (GDateTime) started =
      g_date_time_new_from_unix_local (journal->started);
  g_autofree char *time = started != NULL
                              ? g_date_time_format (started, "%F %T")
                              : g_strdup ("unknown");
  g_autofree char *images = describe_images (journal);
  g_autofree char *id = vg_text_clean (journal->id, 0);
  g_autofree char *domain = vg_text_clean (journal->domain, 24);
  g_autofree char *result =
      vg_text_clean (journal->error ? journal->error : images, 0);

  printf (" %-8s  %-19s  %-24s  %-10s  %s\n", id, time, domain,
          get_state (config, journal), result);
}

int
vg_cmd_jobs (VgCommandLine *line, int argc, char **argv)
{
  g_autoptr (GPtrArray) journals = NULL;
  int status = vg_command_line_parse (line, NULL, &argc, &argv, 0, 0);

  if (status != VG_EXIT_SUCCESS)
    return status;
  journals = vg_journal_read_all (line->config->state_path);
  if (line->json) {
    print_json (line->config, journals);
    return (int) vg_exit_flush (VG_EXIT_SUCCESS, NULL);
  }
  printf (" %-8s  %-19s  %-24s  %-10s  %s\n", "Job", "Started", "Domain",
          "State", "Result");
  printf ("-----------------------------------------------------------------"
          "---------------\n");
  for (guint i = 0; i < journals->len; i++)
    print_job (line->config, journals->pdata[i]);
  return (int) vg_exit_flush (VG_EXIT_SUCCESS, NULL);
}

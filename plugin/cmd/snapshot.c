/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance snapshot DOMAIN [NAME] */
#include <stdio.h>

#include "cmd/command-options.h"
#include "cmd/early.h"
#include "cmd/log.h"
#include "cmd/module.h"
#include "cmd/peers.h"
#include "cmd/plan-view.h"
#include "cmd/progress.h"
#include "cmd/status.h"
#include "cmd/work.h"
#include "job/images.h"
#include "job/metrics.h"
#include "plan/plan.h"
#include "job/run.h"

typedef struct {
  const VgCommandLine *line;
  const VgRequest *request;
  gboolean dry_run;
  gint phase; /* VgWorkPhase; atomic */
} Snapshot;

static int
make_snapshot (Snapshot *snapshot, VgHost *host, VgGlance *glance,
               GCancellable *cancellable)
{
  g_autoptr (VgProgress) progress =
      vg_progress_new_for_job (snapshot->line, &snapshot->phase, cancellable);
  g_autoptr (GError) error = NULL, rest = NULL;
  g_autofree char *list = NULL, *done = NULL;
  g_autoptr (VgJournal) journal = NULL, failed = NULL;

  journal = vg_run_snapshot (snapshot->request, snapshot->line->config, host,
                             glance, vg_progress_get_report (progress),
                             cancellable, &rest, &error);

  if (journal == NULL)
    failed = vg_progress_read_job (progress);
  g_clear_pointer (&progress, vg_progress_free);
  vg_metrics_update (snapshot->line->config);
  if (journal == NULL)
    return (int) vg_exit_with_job (error, failed, NULL);
  if (snapshot->line->json ? rest == NULL : !snapshot->line->quiet)
    vg_images_print (journal, snapshot->line->json, stdout);
  if (rest != NULL)
    return (int) vg_exit_with_job (rest, journal, NULL);
  vg_log_done (journal);
  list = vg_images_list (journal);
  done = g_strdup_printf ("%s of domain %s was created and stays in Glance",
                          list, journal->domain);
  return (int) vg_exit_flush (VG_EXIT_SUCCESS, done);
}

static int
run_snapshot (GCancellable *cancellable, gpointer data)
{
  Snapshot *snapshot = data;
  const VgCommandLine *line = snapshot->line;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgHost) host = NULL;
  g_autoptr (VgGlance) glance = NULL;

  if (!vg_peers_open (line, &host, &glance, &error))
    return snapshot->dry_run
               ? (int) vg_exit_with_error (error)
               : vg_fail_early (line, snapshot->request, NULL, error);
  return snapshot->dry_run
             ? vg_show_plan (line, snapshot->request, host, glance, cancellable)
             : make_snapshot (snapshot, host, glance, cancellable);
}

int
vg_cmd_snapshot (VgCommandLine *line, int argc, char **argv)
{
  g_autoptr (VgCommandOptions) options =
      vg_command_options_new (VG_PLACE_COMMAND_SNAPSHOT);
  g_autoptr (VgRequest) request = NULL;
  g_autoptr (GError) error = NULL;
  Snapshot snapshot = { .line = line };
  GOptionEntry own[] = {
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &snapshot.dry_run,
      "show what would be done, without doing it", NULL },
    { NULL },
  };
  const GOptionEntry *tables[] = { vg_command_options_get_entries (options),
                                   own, NULL };
  int status = vg_command_line_parse (line, tables, &argc, &argv, 1, 2);

  if (status != VG_EXIT_SUCCESS)
    return status;
  request = vg_command_options_to_request (options, line->config, argv[1],
                                           argc > 2 ? argv[2] : NULL, &error);
  if (request == NULL)
    return vg_exit_with_error (error);
  snapshot.request = request;
  return vg_command_run_work (run_snapshot, &snapshot,
                              line->config->rollback_timeout, &snapshot.phase);
}

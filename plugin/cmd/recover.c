/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance recover [JOB] */
#include "job/metrics.h"
#include "job/recover.h"

#include <stdio.h>

#include "cmd/module.h"
#include "cmd/output.h"
#include "cmd/progress.h"
#include "cmd/status.h"
#include "cmd/work.h"

typedef struct {
  const VgCommandLine *line;
  VgRecovery wanted;
} Recovery;

static void
print_number (guint n_jobs, gboolean ok)
{
  if (n_jobs > 0)
    printf ("Recovered jobs: %u\n", n_jobs);
  else if (ok)
    printf ("Nothing to recover\n");
}

static int
recover_jobs (GCancellable *cancellable, gpointer data)
{
  Recovery *recovery = data;
  const VgCommandLine *line = recovery->line;
  g_autoptr (VgProgress) progress = vg_progress_new_for (line);
  g_autoptr (VgJson) result = json_object_new_object ();
  g_autoptr (GError) error = NULL;
  guint n_jobs;
  gboolean ok;

  recovery->wanted.cancellable = cancellable;
  ok = vg_recover (line->config, &recovery->wanted,
                   vg_progress_get_report (progress), &n_jobs, &error);
  vg_metrics_update (line->config);

  vg_json_set_int (result, "recovered", n_jobs);
  if (line->json && ok)
    vg_output_print (result, stdout);
  else if (!line->json && !line->quiet)
    print_number (n_jobs, ok);
  return ok ? VG_EXIT_SUCCESS : (int) vg_exit_with_job (error, NULL, result);
}

int
vg_cmd_recover (VgCommandLine *line, int argc, char **argv)
{
  int status = vg_command_line_parse (line, NULL, &argc, &argv, 0, 1);
  Recovery recovery = { .line = line };

  if (status != VG_EXIT_SUCCESS)
    return status;
  recovery.wanted.waits = TRUE;
  recovery.wanted.job_id = argc > 1 ? argv[1] : NULL;
  return vg_command_run_work (recover_jobs, &recovery,
                              line->config->rollback_timeout, NULL);
}

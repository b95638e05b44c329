/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance recover */
#include "job/recover.h"

#include <stdio.h>

#include "cmd/module.h"
#include "cmd/progress.h"
#include "cmd/status.h"
#include "cmd/work.h"

static int
work (GCancellable *cancellable G_GNUC_UNUSED, gpointer data)
{
  const VgCommandLine *line = data;
  g_autoptr (VgProgress) progress = vg_progress_new (line->quiet);
  g_autoptr (GError) error = NULL;
  guint n_jobs;
  gboolean ok = vg_recover (line->config, vg_progress_get_report (progress),
                            &n_jobs, &error);

  if (line->json)
    printf ("{ \"recovered\": %u }\n", n_jobs);
  else
    printf (n_jobs == 0 && ok ? "Nothing is to be recovered\n"
                              : "Recovered jobs: %u\n",
            n_jobs);
  return ok ? VG_EXIT_SUCCESS : (int) vg_exit_with_error (error);
}

int
vg_cmd_recover (VgCommandLine *line, int argc, char **argv)
{
  int status = vg_command_line_parse (line, NULL, &argc, &argv, 0, 0);

  return status != VG_EXIT_SUCCESS ? status : vg_command_run_work (work, line);
}

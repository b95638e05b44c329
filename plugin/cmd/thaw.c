/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The internal command of the thaw watchdog, started by instant/thaw-watchdog.c
 * only. */
#include "cmd/module.h"
#include "cmd/status.h"
#include "cmd/work.h"
#include "instant/thaw-watchdog.h"

static int
run_thaw_watchdog (GCancellable *cancellable G_GNUC_UNUSED, gpointer data)
{
  char **argv = data;
  guint seconds = (guint) g_ascii_strtoull (argv[3], NULL, 10);
  g_autoptr (GError) error = NULL;

  if (vg_thaw_watchdog_watch (argv[1], argv[2], seconds, &error))
    return VG_EXIT_SUCCESS;
  return error != NULL ? (int) vg_exit_with_error (error) : VG_EXIT_FAILURE;
}

int
vg_cmd_thaw (VgCommandLine *line G_GNUC_UNUSED, int argc, char **argv)
{
  return argc == 4 ? vg_command_run_work (run_thaw_watchdog, argv, 0, NULL)
                   : VG_EXIT_USAGE;
}

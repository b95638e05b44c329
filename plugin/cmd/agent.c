/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance agent */
#include "agent/agent.h"

#include <signal.h>

#include "agent/credentials-watch.h"
#include "cmd/module.h"
#include "cmd/status.h"

int
vg_cmd_agent (VgCommandLine *line, int argc, char **argv)
{
  g_autoptr (VgCredentialsWatch) credentials = NULL;
  g_autoptr (GError) error = NULL;
  int status = vg_command_line_parse (line, NULL, &argc, &argv, 0, 0);

  if (status != VG_EXIT_SUCCESS)
    return status;
  /* Writing to a closed socket must fail with EPIPE. */
  signal (SIGPIPE, SIG_IGN);
  credentials = vg_credentials_watch_new (line->config);
  if (!vg_agent_run (line->config, vg_command_line_get_uri (line), &error))
    return (int) vg_exit_with_error (error);
  return VG_EXIT_SUCCESS;
}

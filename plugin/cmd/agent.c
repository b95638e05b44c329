/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance agent */
#include "agent/agent.h"

#include "cmd/module.h"
#include "cmd/status.h"

int
vg_cmd_agent (VgCommandLine *line, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int status = vg_command_line_parse (line, NULL, &argc, &argv, 0, 0);

  if (status != VG_EXIT_SUCCESS)
    return status;
  if (!vg_agent_run (line->config, vg_command_line_get_uri (line), &error))
    return (int) vg_exit_with_error (error);
  return VG_EXIT_SUCCESS;
}

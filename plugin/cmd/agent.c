/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance agent */
#include "agent/agent.h"

#include <malloc.h>
#include <signal.h>

#include "agent/credentials-watch.h"
#include "cmd/module.h"
#include "cmd/status.h"

#define MAX_ARENAS 2
#define MAPPED_BYTES (256 << 10)

/* Between jobs, memory goes back to the system. Each connection to Ceph starts
 * a dozen threads, and malloc() would give each its own arena, as many as eight
 * a processor, in which the large buffers of jobs stay after free(): from the
 * second such buffer on they are no longer mapped by themselves. Variables such
 * as MALLOC_ARENA_MAX take no precedence. mallopt(3) */
static void
bound_heap (void)
{
  mallopt (M_ARENA_MAX, MAX_ARENAS);
  mallopt (M_MMAP_THRESHOLD, MAPPED_BYTES);
}

int
vg_cmd_agent (VgCommandLine *line, int argc, char **argv)
{
  g_autoptr (VgCredentialsWatch) credentials = NULL;
  g_autoptr (GError) error = NULL;
  int status = vg_command_line_parse (line, NULL, &argc, &argv, 0, 0);

  if (status != VG_EXIT_SUCCESS)
    return status;
  bound_heap ();
  /* Writing to a closed socket must fail with EPIPE. */
  signal (SIGPIPE, SIG_IGN);
  credentials = vg_credentials_watch_new (line->config);
  if (!vg_agent_run (line->config, vg_command_line_get_uri (line), &error))
    return (int) vg_exit_with_error (error);
  return VG_EXIT_SUCCESS;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs commands of the module "online". */
#include "cmd/online.h"

#include <string.h>

#include "cmd/status.h"
#include "util/module.h"

static const VgOnline *
load_online_module (void)
{
  g_autoptr (GError) error = NULL;
  const VgOnline *online =
      vg_module_load (VG_ONLINE_MODULE, VG_ONLINE_SYMBOL, &error);

  if (online == NULL)
    vg_exit_with_error (error);
  return online;
}

int
vg_online_run (VgCommandLine *line, int argc, char **argv)
{
  const VgOnline *online = load_online_module ();

  if (online == NULL)
    return VG_EXIT_FAILURE;
  for (guint i = 0; online->commands[i].name != NULL; i++)
    if (strcmp (online->commands[i].name, line->command->name) == 0)
      return online->commands[i].run (line, argc, argv);
  g_return_val_if_reached (VG_EXIT_FAILURE);
}

int
vg_online_inspect (const VgCommandLine *line, const VgRequest *request)
{
  const VgOnline *online = load_online_module ();

  return online != NULL ? online->inspect (line, request) : VG_EXIT_FAILURE;
}

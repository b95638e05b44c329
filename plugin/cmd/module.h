/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of the module "online"; see online.h. */
#pragma once

#include <gio/gio.h>

#include "cmd/command.h"
#include "glance/glance.h"
#include "host/host.h"
#include "request/request.h"

int vg_cmd_snapshot (VgCommandLine *line, int argc, char **argv);
int vg_cmd_stores (VgCommandLine *line, int argc, char **argv);
int vg_cmd_images (VgCommandLine *line, int argc, char **argv);
int vg_cmd_restore (VgCommandLine *line, int argc, char **argv);
int vg_cmd_backup (VgCommandLine *line, int argc, char **argv);
int vg_cmd_prune (VgCommandLine *line, int argc, char **argv);
int vg_cmd_agent (VgCommandLine *line, int argc, char **argv);
int vg_cmd_recover (VgCommandLine *line, int argc, char **argv);
int vg_cmd_check (VgCommandLine *line, int argc, char **argv);
int vg_cmd_choose (VgCommandLine *line, int argc, char **argv);
int vg_cmd_thaw (VgCommandLine *line, int argc, char **argv);

/* Makes a plan, without side effects, and prints it. Returns an exit status. */
int vg_show_plan (const VgCommandLine *line, const VgRequest *request,
                  VgHost *host, VgGlance *glance, GCancellable *cancellable);

/* The part of inspect that uses libvirt. */
int vg_cmd_inspect_domain (const VgCommandLine *line, const VgRequest *request);

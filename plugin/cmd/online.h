/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands that talk to libvirt or Glance. They are in a module, because
 * libvirt's libraries alone take longer to load than the other commands run. */
#pragma once

#include "cmd/command.h"
#include "instant/thaw-watchdog.h"
#include "request/request.h"

/* Not for users: a job starts it, by this name. */
#define VG_CMD_THAW_NAME VG_GUARDIAN_COMMAND

#define VG_ONLINE_MODULE "online"
#define VG_ONLINE_SYMBOL "vg_online"

typedef struct {
  const char *name;
  int (*run) (VgCommandLine *line, int argc, char **argv); /* exit status */
} VgOnlineCommand;

/* What the module has under that symbol. */
typedef struct {
  const VgOnlineCommand *commands; /* ended by one without a name */
  int (*inspect) (const VgCommandLine *line, const VgRequest *request);
} VgOnline;

/* Runs the line's command there. An exit status; what was wrong has been
 * printed. */
int vg_online_run (VgCommandLine *line, int argc, char **argv);

/* Inspects a domain of libvirt's; likewise. */
int vg_online_inspect (const VgCommandLine *line, const VgRequest *request);

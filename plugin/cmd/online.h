/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands that use libvirt or Glance. They are in a module, because
 * loading libvirt's libraries alone takes longer than running any other
 * command. */
#pragma once

#include "cmd/command.h"
#include "instant/thaw-watchdog.h"
#include "request/request.h"

/* Internal: started by a job, under this name. */
#define VG_CMD_THAW_NAME VG_GUARDIAN_COMMAND

#define VG_ONLINE_MODULE "online"
#define VG_ONLINE_SYMBOL "vg_online"

typedef struct {
  const char *name;
  int (*run) (VgCommandLine *line, int argc, char **argv); /* exit status */
} VgOnlineCommand;

/* The type of the module's symbol VG_ONLINE_SYMBOL. */
typedef struct {
  const VgOnlineCommand *commands; /* ended by an entry without a name */
  int (*inspect) (const VgCommandLine *line, const VgRequest *request);
} VgOnline;

/* Runs the command from the module. Returns an exit status; prints errors. */
int vg_online_run (VgCommandLine *line, int argc, char **argv);

/* Inspects a domain through libvirt. Returns an exit status; prints errors. */
int vg_online_inspect (const VgCommandLine *line, const VgRequest *request);

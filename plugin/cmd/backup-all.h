/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Backups of all guests of this host whose policy wants them. */
#pragma once

#include <gio/gio.h>

#include "cmd/command.h"
#include "request/request.h"

typedef struct {
  const VgCommandLine *line;
  const VgRequest *request; /* options of all guests; with a type */
  gint64 unless_newer_s;    /* a guest with a newer backup is skipped; 0: none
                               is */
  gint64 wait_s;            /* how long to wait while a service is away; see
                               VgOutage's limit_s */
  gboolean dry_run;         /* only report what would be done */
} VgBackupAll;

/* Backs up one guest after the other, and prints a report. A failing guest
 * doesn't stop the others; a cancellation ends the run. Returns the exit
 * status. Blocks; see host.h for the main loop. */
int vg_backup_all (const VgBackupAll *all, GCancellable *cancellable);

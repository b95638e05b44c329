/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a command in a thread beside the main loop. */
#pragma once

#include <gio/gio.h>

/* Runs work in a thread, and the main loop (for libvirt's events and signals)
 * until work returns. SIGINT, SIGTERM and SIGHUP cancel its GCancellable. If
 * work hasn't returned limit seconds after that (0: no limit), the process ends
 * with VG_EXIT_LEFTOVER. Returns work's exit status, or 128 + the number of the
 * signal that ended it.
 *
 * begun: NULL, or becomes TRUE (atomically) when there is something to undo; if
 * work then finds itself cancelled it begins nothing. Until then the signal is
 * handled as for a query. */
typedef int (*VgWork) (GCancellable *cancellable, gpointer data);
int vg_command_run_work (VgWork work, gpointer data, guint limit,
                         const gint *begun);

/* The same for work that changes nothing, so nothing is lost if the process
 * ends in the middle of it: 2 s after the signal at the latest. */
int vg_command_run_query (VgWork work, gpointer data);

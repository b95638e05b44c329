/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a command in a thread beside the main loop. */
#pragma once

#include <gio/gio.h>

/* Runs work in a thread, and the main loop (for libvirt's events and signals)
 * until work returns. SIGINT and SIGTERM cancel its GCancellable. Returns
 * work's exit status, or 128 + the number of the signal that ended it. */
typedef int (*VgWork) (GCancellable *cancellable, gpointer data);
int vg_command_run_work (VgWork work, gpointer data);

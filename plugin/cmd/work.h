/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running a command's work beside the main loop. */
#pragma once

#include <gio/gio.h>

/* Runs work in a thread, and the main loop (for libvirt's events and signals)
 * until it returns. SIGINT and SIGTERM cancel what it is given. Returns its
 * exit status, or 128 + the signal's number where that ended it. */
typedef int (*VgWork) (GCancellable *cancellable, gpointer data);
int vg_command_run_work (VgWork work, gpointer data);

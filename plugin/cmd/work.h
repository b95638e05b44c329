/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a command in a thread beside the main loop. */
#pragma once

#include <gio/gio.h>

/* What a signal finds. */
typedef enum {
  VG_WORK_ASKS,     /* nothing is changed yet */
  VG_WORK_UNDOES,   /* there is something to undo */
  VG_WORK_FINISHES, /* the images are made, and stay */
} VgWorkPhase;

/* Runs work in a thread, and the main loop (for libvirt's events and signals)
 * until work returns. SIGINT, SIGTERM and SIGHUP cancel its GCancellable. If
 * work hasn't returned limit seconds after that (0: no limit), the process ends
 * with VG_EXIT_LEFTOVER. Returns work's exit status, or 128 + the number of the
 * signal that ended it.
 *
 * phase: NULL (VG_WORK_UNDOES from the start), or a VgWorkPhase, which work
 * sets (atomically). Work that finds itself cancelled when it leaves
 * VG_WORK_ASKS begins nothing; until then the signal is handled as for a query.
 */
typedef int (*VgWork) (GCancellable *cancellable, gpointer data);
int vg_command_run_work (VgWork work, gpointer data, guint limit,
                         const gint *phase);

/* The same for work that changes nothing, so nothing is lost if the process
 * ends in the middle of it: 2 s after the signal at the latest. */
int vg_command_run_query (VgWork work, gpointer data);

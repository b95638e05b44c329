/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints a job's progress on stderr: a bar on a terminal, plain lines
 * elsewhere. */
#pragma once

#include <gio/gio.h>

#include "cmd/command.h"
#include "journal/journal.h"
#include "util/report.h"

typedef struct _VgProgress VgProgress;

/* quiet: print only warnings. */
VgProgress *vg_progress_new (gboolean quiet);
/* As the command line says; with --progress json lines of JSON (event.h), even
 * if it is quiet. */
VgProgress *vg_progress_new_for (const VgCommandLine *line);
void vg_progress_free (VgProgress *progress); /* finishes an unfinished line */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgProgress, vg_progress_free)

/* Allows other processes to cancel the job that uses the report, through the
 * directory state_path (journal/cancel.h). Both are borrowed. */
void vg_progress_allow_cancel (VgProgress *progress, const char *state_path,
                               GCancellable *cancellable);

/* Both, for a command that is one job. *phase becomes VG_WORK_UNDOES,
 * atomically, when the job has begun (VgReport); borrowed. */
VgProgress *vg_progress_new_for_job (const VgCommandLine *line, gint *phase,
                                     GCancellable *cancellable);

/* The journal of the job that the report was told of, as it is on disk; NULL if
 * there is none. Needs vg_progress_allow_cancel(). */
VgJournal *vg_progress_read_job (const VgProgress *progress);

/* The report for a job; valid as long as progress. */
const VgReport *vg_progress_get_report (VgProgress *progress);

/* One line: "42 % [====> ] 512 MiB of 1.2 GiB, 180 MiB/s, 0:04 left", for a
 * terminal with that many columns; no rate before the first byte. elapsed_us:
 * time since the first byte. Free with g_free(). */
char *vg_progress_format (guint64 sent, guint64 total, gint64 elapsed_us,
                          guint columns);

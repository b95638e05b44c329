/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's report on stderr: a bar on a terminal, plain lines elsewhere. */
#pragma once

#include <gio/gio.h>

#include "util/report.h"

typedef struct _VgProgress VgProgress;

/* quiet: only warnings are printed. */
VgProgress *vg_progress_new (gboolean quiet);
void vg_progress_free (VgProgress *progress); /* ends an unfinished line */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgProgress, vg_progress_free)

/* Lets the job that it is handed to be cancelled from outside, by what is in
 * the folder state_path (journal/cancel.h). Both are borrowed. */
void vg_progress_allow_cancel (VgProgress *progress, const char *state_path,
                               GCancellable *cancellable);

/* The report to hand to a job; valid as long as progress. */
const VgReport *vg_progress_get_report (VgProgress *progress);

/* One line: "42 % [====>    ] 512 MiB of 1.2 GiB, 180 MiB/s, 0:04 left", for a
 * terminal of that many columns; no rate while nothing was sent. elapsed_us:
 * since the first byte. Free with g_free(). */
char *vg_progress_format (guint64 sent, guint64 total, gint64 elapsed_us,
                          guint columns);

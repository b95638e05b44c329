/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the program says besides its result: by GLib's log, whose writer knows
 * where it belongs, stderr or the system's journal, and in which form. */
#pragma once

#include "cmd/command-line.h"
#include "journal/journal.h"
#include "util/failure.h"

/* From here on GLib's messages are written as line, which must outlive all of
 * them, says when they are written. */
void vg_log_init (const VgCommandLine *line);

/* Tells what the program does, with its name in front. */
void vg_log_note (const char *text);

/* Tells that the command failed. result, an object, gets the members "error"
 * and "version"; with --json it is printed on stdout. journal: of the job, for
 * the fields of the system's journal, or NULL. */
void vg_log_failure (VgFailure failure, const char *message,
                     const VgJournal *journal, VgJson *result);

/* Tells the system's journal, if stderr leads there, that the job is done; that
 * it failed, of one job of several. */
void vg_log_done (const VgJournal *journal);
void vg_log_failed (const VgJournal *journal, const GError *error);

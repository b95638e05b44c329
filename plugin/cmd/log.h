/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the program says besides its result: by GLib's log, whose writer knows
 * where it belongs, stderr or the system's journal, and in which form. */
#pragma once

#include "cmd/command.h"
#include "journal/journal.h"
#include "util/failure.h"

/* The MESSAGE_ID of the entry that tells how a job ended; see
 * systemd.journal-fields(7). */
#define VG_MESSAGE_ID_DONE "3f1d4f4c6d2f4b0f9f0c4c4f7a7e2a51"
#define VG_MESSAGE_ID_FAILED "8b0c2f0e4e6a4d0f8e6d8d2f6f1b9c73"

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

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by the files of this room. */
#pragma once

#include "journal/journal.h"

/* An empty journal. */
VgJournal *vg_journal_new_empty (void);

/* STATE_PATH/jobs. Free with g_free(). */
char *vg_journal_get_folder (const char *state_path);

/* Adds the journal's members to an object; or fills an empty journal from one.
 * FALSE with VG_JSON_ERROR: not a journal, or a newer version's. */
void vg_journal_fill_json (const VgJournal *journal, VgJson *json);
gboolean vg_journal_from_json (VgJournal *journal, VgJson *json, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Prints the journal's steps on one line for --debug. */
void vg_journal_note_steps (const VgJournal *journal);

/* Reads "running", "done" or "failed"; FALSE, *state untouched, for others. */
gboolean vg_job_state_from_string (const char *name, VgJobState *state)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of this room share. */
#pragma once

#include "journal/journal.h"

/* A journal in which nothing is set. */
VgJournal *vg_journal_new_empty (void);

/* STATE_PATH/jobs. Free with g_free(). */
char *vg_journal_get_folder (const char *state_path);

/* Adds the journal's members to an object, and back: fills an empty journal.
 * FALSE with VG_JSON_ERROR: it is no journal's, or a newer one's. */
void vg_journal_fill_json (const VgJournal *journal, VgJson *json);
gboolean vg_journal_from_json (VgJournal *journal, VgJson *json, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* One line for --debug: what is in the journal now. */
void vg_journal_note_steps (const VgJournal *journal);

/* Reads "running", "done" or "failed"; FALSE, *state untouched, for others. */
gboolean vg_job_state_from_string (const char *name, VgJobState *state)
    G_GNUC_WARN_UNUSED_RESULT;

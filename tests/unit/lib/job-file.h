/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Journals of jobs for tests, below a directory used as the state path. */
#pragma once

#include "journal/journal.h"

/* The domain of libvirt's test driver. */
#define JOB_URI "test:///default"
#define JOB_UUID "6695eb01-f6a4-8304-79aa-97f2502e193f"

/* A new job of that domain, begun at started; not written yet. */
VgJournal *job_file_new (const char *state_path, gint64 started);

void job_file_write (VgJournal *journal);

/* Reads the journal's file. */
VgJournal *job_file_read (const VgJournal *journal);

/* Creates a directory with a file in it, in path, and adds it as a begun step.
 * Returns its path, which the journal owns. */
const char *job_file_add_folder (VgJournal *journal, const char *path,
                                 const char *name);

VgStep *job_file_get_step (const VgJournal *journal, guint number);

/* What all jobs have asked for was an hour ago. None of them may run. */
void job_file_age_all (const char *state_path);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fields of the system's journal that tell of a job; see
 * systemd.journal-fields(7). */
#pragma once

#include "journal/journal.h"

/* The MESSAGE_ID of the entry that tells how a job ended. */
#define VG_MESSAGE_ID_DONE "3f1d4f4c6d2f4b0f9f0c4c4f7a7e2a51"
#define VG_MESSAGE_ID_FAILED "8b0c2f0e4e6a4d0f8e6d8d2f6f1b9c73"

/* Appends a GLogField, which borrows key and value; nothing if value is NULL.
 */
void vg_job_log_add (GArray *fields, const char *key, const char *value);

/* Appends DOMAIN, JOB, ORDER, and IMAGE and STORE of each image. Borrows. */
void vg_job_log_add_journal (GArray *fields, const VgJournal *journal);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's log: lines of text with structured fields for the journal. */
#pragma once

#include <glib.h>

#include "journal/journal.h"

/* The subject of a message; NULL where it doesn't apply. All borrowed. */
typedef struct {
  const char *domain; /* its name */
  const char *order;
  const char *job;
  const char *image; /* its id */
  const char *store;
} VgLogFields;

/* level: G_LOG_LEVEL_MESSAGE, or G_LOG_LEVEL_WARNING. The fields are DOMAIN,
 * ORDER, JOB, IMAGE and STORE. Any thread may call it. */
void vg_agent_log (const VgLogFields *about, GLogLevelFlags level,
                   const char *format, ...) G_GNUC_PRINTF (3, 4);

/* The entry that tells how an order's job ended, with MESSAGE_ID, and PRIORITY
 * err if it failed. journal: of the job, for its images; or NULL. */
void vg_agent_log_end (const VgLogFields *about, const VgJournal *journal,
                       gboolean done, const char *message);

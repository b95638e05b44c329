/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs that failed before they began: also these have a journal, so that what
 * was asked for is seen in the list of jobs. */
#pragma once

#include "journal/journal.h"
#include "request/request.h"
#include "util/config.h"
#include "util/report.h"

/* How many jobs of this host are kept; see vg_journal_prune(). */
#define VG_JOBS_KEPT 200

/* A job of that domain, not yet written. uuid: of the domain, or NULL: unknown.
 * uri, request: NULL where unknown. */
VgJournal *vg_job_new_journal (const VgConfig *config, const char *domain,
                               const char *uuid, const char *uri,
                               const VgRequest *request);

/* Writes the journal of a job that has taken no step, and failed by error.
 * Tries of the same order have one journal, with their number. Tells report the
 * job's id. Failures are debug messages: the error itself matters more. */
void vg_job_record_failure (VgJournal *journal, const VgConfig *config,
                            const VgReport *report, const GError *error);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs that fail before they are begun. */
#pragma once

#include "cmd/command.h"
#include "domain/domain.h"
#include "journal/journal.h"
#include "request/request.h"

/* Records a job that failed by error. domain: if it was found, or NULL. Free
 * with vg_journal_free(). */
VgJournal *vg_record_early (const VgCommandLine *line, const VgRequest *request,
                            const VgDomain *domain, const GError *error);

/* Tells the error like vg_exit_with_job(), of a job that is recorded for it.
 * Returns the exit status. */
int vg_fail_early (const VgCommandLine *line, const VgRequest *request,
                   const VgDomain *domain, const GError *error);

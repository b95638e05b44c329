/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs that fail before they are begun. */
#pragma once

#include "cmd/command.h"
#include "domain/domain.h"
#include "request/request.h"

/* Tells the error like vg_exit_with_job(), of a job that is recorded for it.
 * domain: if it was found, or NULL. Returns the exit status. */
int vg_fail_early (const VgCommandLine *line, const VgRequest *request,
                   const VgDomain *domain, const GError *error);

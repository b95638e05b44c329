/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs that fail before they are begun. */
#include "cmd/early.h"

#include "cmd/status.h"
#include "job/metrics.h"
#include "job/record.h"

VgJournal *
vg_record_early (const VgCommandLine *line, const VgRequest *request,
                 const VgDomain *domain, const GError *error)
{
  const VgReport report = { 0 };
  const char *name = domain != NULL ? domain->name : request->domain;
  const char *uuid = domain != NULL ? domain->uuid : NULL;
  g_autoptr (VgJournal) journal = vg_job_new_journal (
      line->config, name, uuid, vg_command_line_get_uri (line), request);

  vg_job_record_failure (journal, line->config, &report, error);
  vg_metrics_update (line->config);
  return g_steal_pointer (&journal);
}

int
vg_fail_early (const VgCommandLine *line, const VgRequest *request,
               const VgDomain *domain, const GError *error)
{
  g_autoptr (VgJournal) journal =
      vg_record_early (line, request, domain, error);

  return (int) vg_exit_with_job (error, journal, NULL);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fields of a job's log. */
#include "job/job-log.h"

void
vg_job_log_add (GArray *fields, const char *key, const char *value)
{
  GLogField field = { key, value, -1 };

  if (value != NULL)
    g_array_append_val (fields, field);
}

/* A field may have several values. */
void
vg_job_log_add_journal (GArray *fields, const VgJournal *journal)
{
  vg_job_log_add (fields, "DOMAIN", journal->domain);
  vg_job_log_add (fields, "JOB", journal->id);
  vg_job_log_add (fields, "ORDER", journal->order);
  for (guint i = 0; i < journal->images->len; i++) {
    const VgJobImage *image = journal->images->pdata[i];

    vg_job_log_add (fields, "IMAGE", image->id);
    vg_job_log_add (fields, "STORE", image->store);
  }
}

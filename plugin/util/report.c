/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Progress reports of a job. */
#include "util/report.h"

static void
call_with_text (void (*function) (const char *text, gpointer data),
                gpointer data, const char *format, va_list args)
{
  g_autofree char *text = NULL;

  if (function == NULL)
    return;
  text = g_strdup_vprintf (format, args);
  function (text, data);
}

void
vg_report_job (const VgReport *report, const char *id)
{
  if (report->job != NULL)
    report->job (id, report->data);
}

void
vg_report_failed (const VgReport *report, const char *id)
{
  if (report->failed != NULL)
    report->failed (id, report->data);
}

void
vg_report_begun (const VgReport *report)
{
  if (report->begun != NULL)
    report->begun (report->data);
}

void
vg_report_phase (const VgReport *report, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  call_with_text (report->phase, report->data, format, args);
  va_end (args);
}

void
vg_report_warning (const VgReport *report, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  call_with_text (report->warning, report->data, format, args);
  va_end (args);
}

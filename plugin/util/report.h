/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Progress callbacks of a job. The job's thread calls them; every member may be
 * NULL. */
#pragma once

#include <glib.h>

typedef struct {
  void (*job) (const char *id, gpointer data); /* a job begins */
  /* A job failed before it began; it is recorded with that id. */
  void (*failed) (const char *id, gpointer data);
  /* The job is about to begin what has to be undone if it ends now. A job whose
   * cancellation was requested before that changes nothing. */
  void (*begun) (gpointer data);
  void (*phase) (const char *text, gpointer data); /* a phase begins */
  void (*warning) (const char *text, gpointer data);
  /* Bytes of the image uploaded so far. A retry may reset sent to 0. */
  void (*progress) (guint64 sent, guint64 total, gpointer data);
  gpointer data;
} VgReport;

void vg_report_job (const VgReport *report, const char *id);
void vg_report_failed (const VgReport *report, const char *id);
void vg_report_begun (const VgReport *report);
void vg_report_phase (const VgReport *report, const char *format, ...)
    G_GNUC_PRINTF (2, 3);
void vg_report_warning (const VgReport *report, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a job tells what it is doing. Called by the job's thread; every member
 * may be NULL. */
#pragma once

#include <glib.h>

typedef struct {
  void (*job) (const char *id, gpointer data);     /* that begins */
  void (*phase) (const char *text, gpointer data); /* what begins now */
  void (*warning) (const char *text, gpointer data);
  /* Of the image that is being uploaded, in bytes; may fall back to 0. */
  void (*progress) (guint64 sent, guint64 total, gpointer data);
  gpointer data;
} VgReport;

void vg_report_job (const VgReport *report, const char *id);
void vg_report_phase (const VgReport *report, const char *format, ...)
    G_GNUC_PRINTF (2, 3);
void vg_report_warning (const VgReport *report, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

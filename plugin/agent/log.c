/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Structured logging with GLib, which supports journald's protocol. */
#include "agent/log.h"

#include <syslog.h>

#include "job/job-log.h"
#include "util/text.h"

#define MAX_FIELDS 9

static void
add_field (GLogField *fields, gsize *n, const char *key, const char *value)
{
  if (value == NULL)
    return;
  fields[*n].key = key;
  fields[*n].value = value;
  fields[*n].length = -1;
  (*n)++;
}

void
vg_agent_log (const VgLogFields *about, GLogLevelFlags level,
              const char *format, ...)
{
  int priority = level == G_LOG_LEVEL_WARNING ? LOG_WARNING : LOG_INFO;
  g_autofree char *number = g_strdup_printf ("%d", priority);
  g_autofree char *text = NULL;
  g_autofree char *clean = NULL;
  g_autofree char *domain = NULL;
  GLogField fields[MAX_FIELDS];
  gsize n = 0;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  clean = vg_text_clean (text, VG_TEXT_MESSAGE);
  domain = about->domain != NULL ? vg_text_clean (about->domain, 0) : NULL;
  add_field (fields, &n, "MESSAGE", clean);
  add_field (fields, &n, "PRIORITY", number);
  add_field (fields, &n, "GLIB_DOMAIN", G_LOG_DOMAIN);
  add_field (fields, &n, "DOMAIN", domain);
  add_field (fields, &n, "ORDER", about->order);
  add_field (fields, &n, "JOB", about->job);
  add_field (fields, &n, "IMAGE", about->image);
  add_field (fields, &n, "STORE", about->store);
  g_log_structured_array (level, fields, n);
}

void
vg_agent_log_end (const VgLogFields *about, const VgJournal *journal,
                  gboolean done, const char *message)
{
  g_autofree char *clean = vg_text_clean (message, VG_TEXT_MESSAGE);
  g_autofree char *domain = vg_text_clean (about->domain, 0);
  g_autoptr (GArray) fields = g_array_new (FALSE, FALSE, sizeof (GLogField));

  vg_job_log_add (fields, "MESSAGE", clean);
  vg_job_log_add (fields, "PRIORITY", done ? "6" : "3");
  vg_job_log_add (fields, "GLIB_DOMAIN", G_LOG_DOMAIN);
  vg_job_log_add (fields, "MESSAGE_ID",
                  done ? VG_MESSAGE_ID_DONE : VG_MESSAGE_ID_FAILED);
  if (journal != NULL) {
    vg_job_log_add_journal (fields, journal);
  } else {
    vg_job_log_add (fields, "DOMAIN", domain);
    vg_job_log_add (fields, "ORDER", about->order);
    vg_job_log_add (fields, "JOB", about->job);
  }
  g_log_structured_array (done ? G_LOG_LEVEL_MESSAGE : G_LOG_LEVEL_WARNING,
                          (const GLogField *) (gpointer) fields->data,
                          fields->len);
}

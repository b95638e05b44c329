/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Structured logging with GLib, which supports journald's protocol. */
#include "agent/log.h"

#include <syslog.h>

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

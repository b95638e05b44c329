/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A writer of GLib's structured log. */
#include "lib/log-record.h"

#include <string.h>
#include <time.h>

#include "lib/await.h"

static GPtrArray *lines; /* of GPtrArray of "KEY=VALUE" */
static GMutex lock;      /* for it */

static char *
format_field (const GLogField *field)
{
  const char *value = field->value;

  return field->length < 0 ? g_strdup_printf ("%s=%s", field->key, value)
                           : g_strdup_printf ("%s=%.*s", field->key,
                                              (int) field->length, value);
}

static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields,
           gpointer data)
{
  GPtrArray *line = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < n_fields; i++)
    g_ptr_array_add (line, format_field (&fields[i]));
  g_mutex_lock (&lock);
  g_ptr_array_add (lines, line);
  g_mutex_unlock (&lock);
  if ((level & G_LOG_LEVEL_MASK) < G_LOG_LEVEL_WARNING || g_test_verbose ())
    return g_log_writer_default (level, fields, n_fields, data);
  return G_LOG_WRITER_HANDLED;
}

void
log_record_init (void)
{
  lines = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_log_set_default_handler (g_log_default_handler, NULL);
  g_log_set_writer_func (write_log, NULL, NULL);
}

void
log_record_clear (void)
{
  g_mutex_lock (&lock);
  g_ptr_array_set_size (lines, 0);
  g_mutex_unlock (&lock);
}

static gboolean
has_field (const GPtrArray *line, const char *pattern)
{
  for (guint i = 0; i < line->len; i++)
    if (g_pattern_match_simple (pattern, line->pdata[i]))
      return TRUE;
  return FALSE;
}

static guint
count (GPtrArray *patterns)
{
  guint n = 0;

  g_mutex_lock (&lock);
  for (guint i = 0; i < lines->len; i++) {
    gboolean all = TRUE;

    for (guint k = 0; k < patterns->len && all; k++)
      all = has_field (lines->pdata[i], patterns->pdata[k]);
    n += all;
  }
  g_mutex_unlock (&lock);
  return n;
}

static GPtrArray *
collect (const char *field, va_list args)
{
  GPtrArray *patterns = g_ptr_array_new ();

  for (; field != NULL; field = va_arg (args, const char *))
    g_ptr_array_add (patterns, (char *) field);
  return patterns;
}

guint
log_record_count (const char *field, ...)
{
  g_autoptr (GPtrArray) patterns = NULL;
  va_list args;

  va_start (args, field);
  patterns = collect (field, args);
  va_end (args);
  return count (patterns);
}

void
log_record_await (const char *field, ...)
{
  g_autoptr (GPtrArray) patterns = NULL;
  Await await = await_new ("a line in the log");
  va_list args;

  va_start (args, field);
  patterns = collect (field, args);
  va_end (args);
  while (count (patterns) == 0)
    await_pause (&await, patterns->pdata[0]);
}

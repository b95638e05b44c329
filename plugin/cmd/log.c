/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GLib's messages: on stderr, or under systemd in its journal. */
#include "cmd/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/event.h"
#include "cmd/output.h"
#include "job/job-log.h"
#include "util/text.h"

/* The fields of our own begin so; they don't go into the system's journal. */
#define OWN "VG_"
#define RESULT OWN "RESULT" /* of a failure: the text for stdout */
#define NOTE OWN "NOTE"     /* of what the program tells by its name */

static const char *
find_field (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, key))
      return fields[i].value;
  return NULL;
}

/* The prefix of lines with that log level. */
static const char *
get_prefix (GLogLevelFlags level)
{
  if ((level & G_LOG_LEVEL_WARNING) != 0)
    return "warning: ";
  return (level & G_LOG_LEVEL_MESSAGE) != 0 ? "" : "debug: ";
}

static const char *
get_event (GLogLevelFlags level)
{
  if ((level & G_LOG_LEVEL_WARNING) != 0)
    return "warning";
  return (level & G_LOG_LEVEL_MESSAGE) != 0 ? "message" : "debug";
}

/* A failure's event has the error alone, not the job. */
static void
print_failure_event (const char *result)
{
  g_autoptr (VgJson) json = vg_json_parse (result, -1, NULL);
  VgJson *event = json_object_new_object ();

  vg_json_set_take (event, "error",
                    json_object_get (vg_json_get (json, "error")));
  vg_event_print ("error", event);
}

static void
print_event (GLogLevelFlags level, const char *text, const char *result)
{
  if (result != NULL)
    print_failure_event (result);
  else
    vg_event_print_message (get_event (level), text);
}

/* On a terminal the current line has a ^C or a bar. */
static void
print_text (GLogLevelFlags level, const char *text, gboolean named)
{
  gboolean breaks =
      (level & G_LOG_LEVEL_MESSAGE) != 0 && isatty (STDERR_FILENO);

  if (named)
    fprintf (stderr, "%svirt-glance: %s\n", breaks ? "\n" : "", text);
  else
    fprintf (stderr, "%s%s\n", get_prefix (level), text);
}

/* Adds the program's name, which GLib doesn't set, for journalctl -t. */
static gboolean
write_journal (GLogLevelFlags level, const GLogField *fields, gsize n_fields)
{
  g_autofree GLogField *all = g_new (GLogField, n_fields + 1);
  gsize n = 0;

  if (!g_log_writer_is_journald (STDERR_FILENO))
    return FALSE;
  for (gsize i = 0; i < n_fields; i++)
    if (!g_str_has_prefix (fields[i].key, OWN))
      all[n++] = fields[i];
  all[n++] = (GLogField){ "SYSLOG_IDENTIFIER", "virt-glance", -1 };
  return g_log_writer_journald (level, all, n, NULL) == G_LOG_WRITER_HANDLED;
}

/* Prints messages for users; GLib handles errors and criticals. Under systemd
 * they go to the journal, with their fields. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields,
           gpointer data)
{
  const VgCommandLine *line = data;
  const char *domain = find_field (fields, n_fields, "GLIB_DOMAIN");
  const char *result = find_field (fields, n_fields, RESULT);
  const char *note = find_field (fields, n_fields, NOTE);
  g_autofree char *text =
      vg_text_clean (find_field (fields, n_fields, "MESSAGE"), VG_TEXT_MESSAGE);

  if ((level & G_LOG_LEVEL_MASK) < G_LOG_LEVEL_WARNING)
    return g_log_writer_default (level, fields, n_fields, NULL);
  if (level == G_LOG_LEVEL_INFO
      && find_field (fields, n_fields, "MESSAGE_ID") != NULL
      && write_journal (level, fields, n_fields))
    return G_LOG_WRITER_HANDLED;
  if (g_log_writer_default_would_drop (level, domain))
    return G_LOG_WRITER_HANDLED;
  if (result != NULL && line->json)
    printf ("%s\n", result);
  if (write_journal (level, fields, n_fields))
    return G_LOG_WRITER_HANDLED;
  if (vg_command_line_has_events (line))
    print_event (level, text, result);
  else
    print_text (level, text, result != NULL || note != NULL);
  return G_LOG_WRITER_HANDLED;
}

void
vg_log_init (const VgCommandLine *line)
{
  g_log_set_writer_func (write_log, (gpointer) line, NULL);
}

void
vg_log_note (const char *text)
{
  g_log_structured (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, NOTE, "yes", "MESSAGE",
                    "%s", text);
}

/* Failures and ends of jobs */

void
vg_log_failure (VgFailure failure, const char *message,
                const VgJournal *journal, VgJson *result)
{
  const char *code = vg_failure_get_traits (failure)->code;
  g_autofree char *clean = vg_text_clean (message, VG_TEXT_MESSAGE);
  g_autoptr (GArray) fields = g_array_new (FALSE, FALSE, sizeof (GLogField));
  g_autofree char *text = NULL;

  vg_json_set_take (result, "error", vg_journal_error_to_json (code, message));
  vg_output_set_version (result);
  text = vg_json_to_text (result, TRUE);
  vg_job_log_add (fields, "MESSAGE", clean);
  vg_job_log_add (fields, "PRIORITY", "3");
  vg_job_log_add (fields, "GLIB_DOMAIN", G_LOG_DOMAIN);
  vg_job_log_add (fields, "ERROR_CODE", code);
  vg_job_log_add (fields, RESULT, text);
  if (journal != NULL) {
    vg_job_log_add (fields, "MESSAGE_ID", VG_MESSAGE_ID_FAILED);
    vg_job_log_add_journal (fields, journal);
  }
  g_log_structured_array (G_LOG_LEVEL_WARNING,
                          (const GLogField *) (gpointer) fields->data,
                          fields->len);
}

/* Only for the system's journal. */
static void
log_end (const VgJournal *journal, const char *text, gboolean done)
{
  g_autoptr (GArray) fields = g_array_new (FALSE, FALSE, sizeof (GLogField));

  vg_job_log_add (fields, "MESSAGE", text);
  vg_job_log_add (fields, "PRIORITY", done ? "6" : "3");
  vg_job_log_add (fields, "GLIB_DOMAIN", G_LOG_DOMAIN);
  vg_job_log_add (fields, "MESSAGE_ID",
                  done ? VG_MESSAGE_ID_DONE : VG_MESSAGE_ID_FAILED);
  vg_job_log_add_journal (fields, journal);
  g_log_structured_array (G_LOG_LEVEL_INFO,
                          (const GLogField *) (gpointer) fields->data,
                          fields->len);
}

void
vg_log_done (const VgJournal *journal)
{
  g_autofree char *domain = vg_text_clean (journal->domain, 0);
  g_autofree char *text =
      g_strdup_printf ("domain %s: job %s is done", domain, journal->id);

  log_end (journal, text, TRUE);
}

void
vg_log_failed (const VgJournal *journal, const GError *error)
{
  g_autofree char *text = vg_text_clean (error->message, VG_TEXT_MESSAGE);

  log_end (journal, text, FALSE);
}

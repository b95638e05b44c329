/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance jobs */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/jobs-list.h"
#include "cmd/output.h"
#include "cmd/status.h"
#include "job/drain.h"
#include "journal/journal.h"
#include "request/spool.h"
#include "util/json.h"
#include "util/text.h"

/* Widths of columns, in characters. */
#define JOB_WIDTH 8
#define TIME_WIDTH 19
#define DOMAIN_WIDTH 25
#define STATE_WIDTH 11
#define DURATION_WIDTH 8
#define BYTES_WIDTH 9

#define FOLLOW_EVERY_US (G_USEC_PER_SEC / 2)

static VgJson *
job_to_json (const VgJobs *jobs, const VgJournal *journal)
{
  VgJson *json = vg_journal_to_json (journal);
  gint64 duration = vg_jobs_get_duration (jobs, journal);
  int percent = vg_jobs_get_percent (jobs, journal);

  vg_json_set_string (json, "state", vg_jobs_get_state (jobs, journal));
  vg_json_set_int (json, "size", (gint64) vg_jobs_get_size (journal));
  if (duration >= 0)
    vg_json_set_int (json, "duration", duration);
  if (percent >= 0)
    vg_json_set_int (json, "percent", percent);
  return json;
}

static void
set_error (VgJson *json, VgFailure failure, const char *message)
{
  const char *code = vg_failure_get_traits (failure)->code;

  vg_json_set_take (json, "error", vg_journal_error_to_json (code, message));
}

/* Nothing else is known of it. */
static VgJson *
unread_to_json (const VgUnreadJournal *unread)
{
  VgJson *json = json_object_new_object ();

  vg_json_set_string (json, "id", unread->id);
  vg_json_set_string (json, "state", VG_JOBS_UNREADABLE);
  set_error (json, VG_FAILURE_UNREADABLE, unread->why->message);
  return json;
}

static VgJson *
order_to_json (const VgOrder *order)
{
  VgJson *json = json_object_new_object ();

  vg_json_set_string (json, "order", order->id);
  vg_json_set_string (json, "domain", order->domain);
  vg_json_set_string (json, "uuid", order->uuid);
  vg_json_set_string (json, "state", VG_JOBS_WAITING);
  vg_json_set_int (json, "asked", order->asked);
  if (order->tries > 0)
    vg_json_set_int (json, "tries", order->tries);
  if (order->problem != NULL)
    set_error (json, VG_FAILURE_USAGE, order->problem);
  return json;
}

static void
print_json (const VgJobs *jobs)
{
  g_autoptr (VgJson) array = json_object_new_array ();

  for (guint i = 0; i < jobs->unread->len; i++)
    json_object_array_add (array, unread_to_json (jobs->unread->pdata[i]));
  for (guint i = 0; i < jobs->journals->len; i++)
    json_object_array_add (array, job_to_json (jobs, jobs->journals->pdata[i]));
  for (guint i = 0; i < jobs->orders->len; i++)
    json_object_array_add (array, order_to_json (jobs->orders->pdata[i]));
  vg_output_print (array, stdout);
}

static char *
describe_restore (const VgJournal *journal)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < journal->images->len; i++) {
    const VgJobImage *image = journal->images->pdata[i];
    g_autofree char *name = vg_text_clean (image->name ? image->name : "", 40);

    g_string_append_printf (text, "%s%s from %s (%s)",
                            i > 0 ? ", " : "restoring ", image->disk, name,
                            image->id);
  }
  return g_string_free (text, FALSE);
}

static char *
describe_images (const VgJournal *journal)
{
  GString *text =
      g_string_new (journal->kind == VG_JOB_FLATTEN ? "flattening " : NULL);
  g_autofree char *type = journal->backup_type != NULL
                              ? vg_text_clean (journal->backup_type, 20)
                              : NULL;

  if (type != NULL)
    g_string_append_printf (text, "%s backup: ", type);
  for (guint i = 0; i < journal->images->len; i++) {
    const VgJobImage *image = journal->images->pdata[i];
    g_autofree char *name = vg_text_clean (image->name, 40);

    g_string_append_printf (text, "%s%s (%s) in %s", i > 0 ? ", " : "", name,
                            image->id,
                            image->store ? image->store : "the only store");
  }
  return g_string_free (text, FALSE);
}

/* Appends a column of width characters (printf counts bytes), and a gap. */
static void
append_column (GString *line, const char *text, guint width)
{
  g_string_append (line, text);
  for (glong n = g_utf8_strlen (text, -1); n < (glong) width + 2; n++)
    g_string_append_c (line, ' ');
}

/* A line's texts, for people; all borrowed. */
typedef struct {
  const char *time;
  const char *duration;
  const char *domain;
  const char *state;
  const char *size;
  const char *result;
} Columns;

static char *
format_columns (const char *id, guint id_width, const Columns *columns)
{
  GString *line = g_string_new (" ");

  append_column (line, id, id_width);
  append_column (line, columns->time, TIME_WIDTH);
  append_column (line, columns->duration, DURATION_WIDTH);
  append_column (line, columns->domain, DOMAIN_WIDTH);
  append_column (line, columns->state, STATE_WIDTH);
  append_column (line, columns->size, BYTES_WIDTH);
  g_string_append (line, columns->result);
  return g_string_free (line, FALSE);
}

/* Sets the time, and cleans what others have written. */
static char *
format_line (const char *id, guint id_width, gint64 seconds, Columns columns)
{
  g_autoptr (GDateTime) at = g_date_time_new_from_unix_local (seconds);
  g_autofree char *time =
      at != NULL ? g_date_time_format (at, "%F %T") : g_strdup ("unknown");
  g_autofree char *clean_id = vg_text_clean (id, 0);
  g_autofree char *domain = vg_text_clean (columns.domain, DOMAIN_WIDTH - 1);
  g_autofree char *result = vg_text_clean (columns.result, 0);

  columns.time = time;
  columns.domain = domain;
  columns.result = result;
  return format_columns (clean_id, id_width, &columns);
}

/* "0:04", "1:02:03", "12 days", or "-". */
static char *
format_duration (gint64 s)
{
  if (s < 0)
    return g_strdup ("-");
  if (s >= 100 * 3600)
    return g_strdup_printf ("%d days", (int) MIN (s / 86400, 999));
  if (s < 3600)
    return g_strdup_printf ("%d:%02d", (int) (s / 60), (int) (s % 60));
  return g_strdup_printf ("%d:%02d:%02d", (int) (s / 3600), (int) (s / 60 % 60),
                          (int) (s % 60));
}

static char *
format_job (const VgJobs *jobs, const VgJournal *journal, guint id_width)
{
  g_autofree char *images = journal->kind == VG_JOB_RESTORE
                                ? describe_restore (journal)
                                : describe_images (journal);
  g_autofree char *duration =
      format_duration (vg_jobs_get_duration (jobs, journal));
  guint64 bytes = vg_jobs_get_size (journal);
  g_autofree char *size = bytes > 0 ? vg_text_format_size (bytes) : NULL;
  int percent = vg_jobs_get_percent (jobs, journal);
  g_autofree char *running = g_strdup_printf ("running %d%%", percent);
  const char *state = vg_jobs_get_state (jobs, journal);
  Columns columns = {
    .duration = duration,
    .domain = journal->domain,
    .state = percent >= 0 ? running : state,
    .size = size != NULL ? size : "-",
    .result = journal->error != NULL                 ? journal->error
              : g_str_equal (state, VG_JOBS_WAITING) ? "for its turn (max_jobs)"
                                                     : images,
  };

  return format_line (journal->id, id_width, journal->started, columns);
}

static char *
format_unread (const VgUnreadJournal *unread, guint id_width)
{
  g_autofree char *id = vg_text_clean (unread->id, 0);
  g_autofree char *why = vg_text_clean (unread->why->message, 0);
  const Columns columns = { "unknown",          "-", "unknown",
                            VG_JOBS_UNREADABLE, "-", why };

  return format_columns (id, id_width, &columns);
}

static char *
format_order (const VgJobs *jobs, const VgOrder *order, guint id_width)
{
  gboolean drained = vg_drain_is_on (jobs->config);
  g_autofree char *tried =
      g_strdup_printf ("for the agent; failed %u time%s so far", order->tries,
                       order->tries == 1 ? "" : "s");
  Columns columns = { .duration = "-",
                      .domain = order->domain,
                      .state = VG_JOBS_WAITING,
                      .size = "-",
                      .result = order->problem != NULL ? order->problem
                                : drained ? "while the host is being drained"
                                : order->tries > 0 ? tried
                                                   : "for the agent" };

  return format_line (order->id, id_width, order->asked, columns);
}

static void
print_head (guint id_width)
{
  const Columns titles = { "Started", "Duration", "Domain",
                           "State",   "Size",     "Result" };
  g_autofree char *head = format_columns ("Job", id_width, &titles);

  printf ("%s\n", head);
  printf ("-----------------------------------------------------------------"
          "---------------\n");
}

/* An order's id is longer than a job's. */
static guint
get_id_width (const VgJobs *jobs)
{
  guint width = JOB_WIDTH;

  for (guint i = 0; i < jobs->orders->len; i++)
    width =
        MAX (width, (guint) strlen (((VgOrder *) jobs->orders->pdata[i])->id));
  return width;
}

static void
print_table (const VgJobs *jobs)
{
  guint id_width = get_id_width (jobs);

  print_head (id_width);
  for (guint i = 0; i < jobs->unread->len; i++) {
    g_autofree char *text = format_unread (jobs->unread->pdata[i], id_width);

    printf ("%s\n", text);
  }
  for (guint i = 0; i < jobs->journals->len; i++) {
    g_autofree char *text =
        format_job (jobs, jobs->journals->pdata[i], id_width);

    printf ("%s\n", text);
  }
  for (guint i = 0; i < jobs->orders->len; i++) {
    g_autofree char *text =
        format_order (jobs, jobs->orders->pdata[i], id_width);

    printf ("%s\n", text);
  }
}

/* --follow */

/* Prints text if it differs from the last one for id. Takes ownership of
 * text. */
static void
print_news (GHashTable *seen, const char *id, char *text)
{
  g_autofree char *owned = text;

  if (g_strcmp0 (g_hash_table_lookup (seen, id), text) == 0)
    return;
  printf ("%s\n", text);
  g_hash_table_replace (seen, g_strdup (id), g_steal_pointer (&owned));
}

static char *
to_json_line (VgJson *json)
{
  g_autoptr (VgJson) owned = json;

  vg_output_set_version (json);
  return vg_json_to_text (json, FALSE);
}

static void
print_changes (const VgCommandLine *line, const VgJobs *jobs, GHashTable *seen)
{
  for (guint i = 0; i < jobs->orders->len; i++) {
    const VgOrder *order = jobs->orders->pdata[i];

    print_news (seen, order->id,
                line->json ? to_json_line (order_to_json (order))
                           : format_order (jobs, order, JOB_WIDTH));
  }
  for (guint i = 0; i < jobs->unread->len; i++) {
    const VgUnreadJournal *unread = jobs->unread->pdata[i];

    print_news (seen, unread->id,
                line->json ? to_json_line (unread_to_json (unread))
                           : format_unread (unread, JOB_WIDTH));
  }
  for (guint i = 0; i < jobs->journals->len; i++) {
    const VgJournal *journal = jobs->journals->pdata[i];

    print_news (seen, journal->id,
                line->json ? to_json_line (job_to_json (jobs, journal))
                           : format_job (jobs, journal, JOB_WIDTH));
  }
}

/* Runs until it is interrupted, or stdout is closed. */
static int
follow_jobs (const VgCommandLine *line, const VgJobsFilter *filter)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gboolean begun = FALSE;
  int status;

  for (;;) {
    g_auto (VgJobs) jobs = { .follows = TRUE };

    status = vg_jobs_read (&jobs, line->config, filter);
    if (status != VG_EXIT_SUCCESS)
      return status;
    if (!line->json && !begun)
      print_head (JOB_WIDTH);
    begun = TRUE;
    print_changes (line, &jobs, seen);
    status = (int) vg_exit_flush (VG_EXIT_SUCCESS, NULL);
    if (status != VG_EXIT_SUCCESS)
      return status;
    g_usleep (FOLLOW_EVERY_US);
  }
}

int
vg_cmd_jobs (VgCommandLine *line, int argc, char **argv)
{
  g_auto (VgJobs) jobs = { 0 };
  g_autoptr (GError) error = NULL;
  g_auto (VgJobsFilter) filter = { 0 };
  gboolean follows = FALSE;
  GOptionEntry own[] = {
    { "domain", 0, 0, G_OPTION_ARG_FILENAME, &filter.domain,
      "only jobs of this domain (name or UUID)", "DOMAIN" },
    { "state", 0, 0, G_OPTION_ARG_FILENAME, &filter.state,
      "only jobs in this state", "STATE" },
    { "since", 0, 0, G_OPTION_ARG_FILENAME, &filter.since_text,
      "only jobs begun since then: 12h, 7d, 2026-11-29, ...", "TIME" },
    { "last", 0, 0, G_OPTION_ARG_INT, &filter.last, "only the latest N", "N" },
    { "follow", 'f', 0, G_OPTION_ARG_NONE, &follows,
      "continue to print changes", NULL },
    { NULL },
  };
  const GOptionEntry *tables[] = { own, NULL };
  int status = vg_command_line_parse (line, tables, &argc, &argv, 0, 0);

  if (status != VG_EXIT_SUCCESS)
    return status;
  if (!vg_jobs_filter_check (&filter, follows, &error))
    return (int) vg_exit_with_error (error);
  if (!vg_journal_may_read (line->config->state_path, &error))
    return (int) vg_exit_with_error (error);
  if (follows)
    return follow_jobs (line, &filter);
  status = vg_jobs_read (&jobs, line->config, &filter);
  if (status != VG_EXIT_SUCCESS)
    return status;
  if (line->json)
    print_json (&jobs);
  else
    print_table (&jobs);
  return (int) vg_exit_flush (VG_EXIT_SUCCESS, NULL);
}

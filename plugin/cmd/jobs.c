/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance jobs */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/output.h"
#include "cmd/status.h"
#include "journal/journal.h"
#include "journal/lock.h"
#include "journal/turn.h"
#include "request/spool.h"
#include "util/json.h"
#include "util/text.h"

/* Widths of columns, in characters. */
#define JOB_WIDTH 8
#define TIME_WIDTH 19
#define DOMAIN_WIDTH 25
#define STATE_WIDTH 10

/* The state of a job whose journal can't be read. */
#define UNREADABLE "unreadable"

#define FOLLOW_EVERY_US (G_USEC_PER_SEC / 2)

typedef struct {
  GPtrArray *journals; /* of VgJournal */
  GPtrArray *unread;   /* of VgUnreadJournal */
  GPtrArray *orders;   /* of VgOrder: waiting orders */
  GHashTable *running; /* ids of running jobs */
  GHashTable *waiting; /* of these, those that wait for their turn */
} Jobs;

static void
clear_jobs (Jobs *jobs)
{
  g_clear_pointer (&jobs->journals, g_ptr_array_unref);
  g_clear_pointer (&jobs->unread, g_ptr_array_unref);
  g_clear_pointer (&jobs->orders, g_ptr_array_unref);
  g_clear_pointer (&jobs->running, g_hash_table_unref);
  g_clear_pointer (&jobs->waiting, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Jobs, clear_jobs)

/* Whether a job processes the order now. */
static gboolean
is_under_way (const Jobs *jobs, const VgOrder *order)
{
  for (guint i = 0; i < jobs->journals->len; i++) {
    const VgJournal *journal = jobs->journals->pdata[i];

    if (g_strcmp0 (journal->order, order->id) == 0
        && g_hash_table_contains (jobs->running, journal->id))
      return TRUE;
  }
  return FALSE;
}

/* Finds the running jobs. A job that isn't running, but was when its journal
 * was read, may have ended since: its journal is read again, so that the job
 * isn't reported as crashed. */
static void
find_running (const VgConfig *config, Jobs *jobs)
{
  jobs->running = g_hash_table_new (g_str_hash, g_str_equal);
  jobs->waiting = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < jobs->journals->len; i++) {
    VgJournal *seen = jobs->journals->pdata[i], *now;

    if (vg_lock_holds_job (config->state_path, seen->uuid, seen->id)) {
      g_hash_table_add (jobs->running, seen->id);
      if (vg_turn_is_awaited (config->state_path, seen->id))
        g_hash_table_add (jobs->waiting, seen->id);
      continue;
    }
    now = seen->state == VG_JOB_RUNNING ? vg_journal_read (seen->path, NULL)
                                        : NULL;
    if (now == NULL)
      continue;
    vg_journal_free (seen);
    jobs->journals->pdata[i] = now;
  }
}

/* Returns the exit status. */
static int
read_jobs (const VgConfig *config, Jobs *jobs)
{
  g_autoptr (GError) error = NULL;

  jobs->orders = vg_spool_look (config->state_path, &error);
  if (jobs->orders == NULL)
    return (int) vg_exit_with_error (error);
  jobs->journals = vg_journal_list (config->state_path, &jobs->unread);
  find_running (config, jobs);
  for (guint i = jobs->orders->len; i > 0; i--)
    if (is_under_way (jobs, jobs->orders->pdata[i - 1]))
      g_ptr_array_remove_index (jobs->orders, i - 1);
  return VG_EXIT_SUCCESS;
}

/* The journal of a crashed job also says "running". */
static const char *
get_state (const Jobs *jobs, const VgJournal *journal)
{
  if (g_hash_table_contains (jobs->waiting, journal->id))
    return "waiting";
  if (g_hash_table_contains (jobs->running, journal->id))
    return "running";
  if (journal->state == VG_JOB_RUNNING || vg_journal_has_leftovers (journal))
    return "to recover";
  return vg_job_state_to_string (journal->state);
}

static VgJson *
job_to_json (const Jobs *jobs, const VgJournal *journal)
{
  VgJson *json = vg_journal_to_json (journal);

  vg_json_set_string (json, "state", get_state (jobs, journal));
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
  vg_json_set_string (json, "state", UNREADABLE);
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
  vg_json_set_string (json, "state", "waiting");
  vg_json_set_int (json, "asked", order->asked);
  if (order->problem != NULL)
    set_error (json, VG_FAILURE_USAGE, order->problem);
  return json;
}

static void
print_json (const Jobs *jobs)
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
describe_images (const VgJournal *journal)
{
  GString *text =
      g_string_new (journal->kind == VG_JOB_FLATTEN ? "flattening " : NULL);

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

static char *
format_columns (const char *id, guint id_width, const char *time,
                const char *domain, const char *state, const char *result)
{
  GString *line = g_string_new (" ");

  append_column (line, id, id_width);
  append_column (line, time, TIME_WIDTH);
  append_column (line, domain, DOMAIN_WIDTH);
  append_column (line, state, STATE_WIDTH);
  g_string_append (line, result);
  return g_string_free (line, FALSE);
}

static char *
format_line (const char *id, guint id_width, gint64 seconds, const char *domain,
             const char *state, const char *result)
{
  g_autoptr (GDateTime) at = g_date_time_new_from_unix_local (seconds);
  g_autofree char *time =
      at != NULL ? g_date_time_format (at, "%F %T") : g_strdup ("unknown");
  g_autofree char *clean_id = vg_text_clean (id, 0);
  g_autofree char *clean_domain = vg_text_clean (domain, DOMAIN_WIDTH - 1);
  g_autofree char *clean_result = vg_text_clean (result, 0);

  return format_columns (clean_id, id_width, time, clean_domain, state,
                         clean_result);
}

static char *
format_job (const Jobs *jobs, const VgJournal *journal, guint id_width)
{
  g_autofree char *images = describe_images (journal);

  return format_line (journal->id, id_width, journal->started, journal->domain,
                      get_state (jobs, journal),
                      journal->error ? journal->error : images);
}

static char *
format_unread (const VgUnreadJournal *unread, guint id_width)
{
  g_autofree char *clean_id = vg_text_clean (unread->id, 0);
  g_autofree char *why = vg_text_clean (unread->why->message, 0);

  return format_columns (clean_id, id_width, "unknown", "unknown", UNREADABLE,
                         why);
}

static char *
format_order (const VgOrder *order, guint id_width)
{
  return format_line (order->id, id_width, order->asked, order->domain,
                      "waiting",
                      order->problem ? order->problem : "for the agent");
}

static void
print_head (guint id_width)
{
  g_autofree char *head =
      format_columns ("Job", id_width, "Started", "Domain", "State", "Result");

  printf ("%s\n", head);
  printf ("-----------------------------------------------------------------"
          "---------------\n");
}

/* An order's id is longer than a job's. */
static guint
get_id_width (const Jobs *jobs)
{
  guint width = JOB_WIDTH;

  for (guint i = 0; i < jobs->orders->len; i++)
    width =
        MAX (width, (guint) strlen (((VgOrder *) jobs->orders->pdata[i])->id));
  return width;
}

static void
print_table (const Jobs *jobs)
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
    g_autofree char *text = format_order (jobs->orders->pdata[i], id_width);

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
print_changes (const VgCommandLine *line, const Jobs *jobs, GHashTable *seen)
{
  for (guint i = 0; i < jobs->orders->len; i++) {
    const VgOrder *order = jobs->orders->pdata[i];

    print_news (seen, order->id,
                line->json ? to_json_line (order_to_json (order))
                           : format_order (order, JOB_WIDTH));
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
follow_jobs (const VgCommandLine *line)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gboolean begun = FALSE;
  int status;

  for (;;) {
    g_auto (Jobs) jobs = { 0 };

    status = read_jobs (line->config, &jobs);
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
  g_auto (Jobs) jobs = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean follows = FALSE;
  GOptionEntry own[] = {
    { "follow", 'f', 0, G_OPTION_ARG_NONE, &follows,
      "continue to print changes", NULL },
    { NULL },
  };
  const GOptionEntry *tables[] = { own, NULL };
  int status = vg_command_line_parse (line, tables, &argc, &argv, 0, 0);

  if (status != VG_EXIT_SUCCESS)
    return status;
  if (!vg_journal_may_read (line->config->state_path, &error))
    return (int) vg_exit_with_error (error);
  if (follows)
    return follow_jobs (line);
  status = read_jobs (line->config, &jobs);
  if (status != VG_EXIT_SUCCESS)
    return status;
  if (line->json)
    print_json (&jobs);
  else
    print_table (&jobs);
  return (int) vg_exit_flush (VG_EXIT_SUCCESS, NULL);
}

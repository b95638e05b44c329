/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance cancel JOB: cancels a running job, of this command or of the
 * agent, or an order that waits for the agent. */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/output.h"
#include "cmd/status.h"
#include "journal/cancel.h"
#include "journal/journal.h"
#include "journal/lock.h"
#include "request/spool.h"
#include "util/json.h"
#include "util/text.h"

/* Undoing an upload may take a while. */
#define WAIT_S 300
#define PAUSE_US (G_USEC_PER_SEC / 10)

static int
throw_state (const char *id, const char *what)
{
  return (int) vg_exit_failing (VG_FAILURE_OTHER, "job %s %s", id, what);
}

static VgJournal *
find_journal (const VgConfig *config, const char *id)
{
  g_autoptr (GPtrArray) all = vg_journal_read_all (config->state_path);

  for (guint i = 0; i < all->len; i++) {
    VgJournal *journal = all->pdata[i];

    if (!g_str_equal (journal->id, id))
      continue;
    all->pdata[i] = NULL;
    return journal;
  }
  return NULL;
}

static gboolean
is_running (const VgConfig *config, const VgJournal *journal)
{
  return vg_lock_holds_job (config->state_path, journal->uuid, journal->id);
}

static int
print_cancelled (const VgCommandLine *line, const char *id, const char *text)
{
  g_autoptr (VgJson) json = json_object_new_object ();

  vg_json_set_string (json, "cancelled", id);
  if (line->json)
    vg_output_print (json, stdout);
  else if (!line->quiet)
    printf ("%s\n", text);
  return (int) vg_exit_flush (VG_EXIT_SUCCESS, NULL);
}

/* How it ended: VG_EXIT_SUCCESS if it is undone. */
static int
judge_end (const VgJournal *journal)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgJournal) now = vg_journal_read (journal->path, &error);

  if (now == NULL)
    return (int) vg_exit_with_error (error);
  if (now->state == VG_JOB_DONE)
    return throw_state (now->id, "ended before it could be cancelled");
  if (now->state == VG_JOB_RUNNING || vg_journal_has_leftovers (now))
    return throw_state (
        now->id,
        "could not be rolled back completely; run 'virt-glance recover'");
  return VG_EXIT_SUCCESS;
}

/* Asks the job to end, and waits for that. */
static int
end_job (const VgCommandLine *line, const VgJournal *journal)
{
  gint64 deadline = g_get_monotonic_time () + WAIT_S * G_USEC_PER_SEC;
  const VgConfig *config = line->config;
  g_autoptr (GError) error = NULL;

  if (!is_running (config, journal))
    return throw_state (journal->id,
                        "is not running; 'virt-glance jobs' shows its state");
  if (!vg_cancel_ask (config->state_path, journal->id, &error))
    return (int) vg_exit_with_error (error);
  while (is_running (config, journal) && g_get_monotonic_time () < deadline)
    g_usleep (PAUSE_US);
  if (is_running (config, journal))
    return throw_state (journal->id,
                        "was asked to stop, but has not been rolled back yet; "
                        "'virt-glance jobs' shows its state");
  vg_cancel_forget (config->state_path, journal->id);
  return judge_end (journal);
}

static int
cancel_job (const VgCommandLine *line, const VgJournal *journal)
{
  int status = end_job (line, journal);

  return status != VG_EXIT_SUCCESS
             ? status
             : print_cancelled (line, journal->id,
                                "The job was cancelled and rolled back");
}

/* Returns -1 if there is no such order. */
static int
cancel_order (const VgCommandLine *line, const char *id)
{
  const char *state_path = line->config->state_path;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) orders = vg_spool_look (state_path, &error);

  if (orders == NULL)
    return (int) vg_exit_with_error (error);
  for (guint i = 0; i < orders->len; i++) {
    const VgOrder *order = orders->pdata[i];

    if (!g_str_equal (order->id, id))
      continue;
    if (!vg_spool_remove (state_path, order, &error))
      return (int) vg_exit_with_error (error);
    return print_cancelled (line, order->id,
                            "The request was removed from the spool");
  }
  return -1;
}

/* The job that processes the order, or NULL. */
static VgJournal *
find_job_of_order (const VgConfig *config, const char *id)
{
  g_autoptr (GPtrArray) all = vg_journal_read_all (config->state_path);

  for (guint i = 0; i < all->len; i++) {
    VgJournal *journal = all->pdata[i];

    if (g_strcmp0 (journal->order, id) != 0 || !is_running (config, journal))
      continue;
    all->pdata[i] = NULL;
    return journal;
  }
  return NULL;
}

static gboolean
is_of_domain (const char *wanted, const char *domain, const char *uuid)
{
  return g_strcmp0 (domain, wanted) == 0
         || (uuid != NULL && g_ascii_strcasecmp (uuid, wanted) == 0);
}

/* Removes the domain's orders that wait. The first failure counts. */
static int
cancel_orders_of (const VgCommandLine *line, const char *domain,
                  GPtrArray *cancelled)
{
  const char *state_path = line->config->state_path;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) orders = vg_spool_look (state_path, &error);

  for (guint i = 0; orders != NULL && i < orders->len; i++) {
    const VgOrder *order = orders->pdata[i];

    if (!is_of_domain (domain, order->domain, order->uuid))
      continue;
    if (!vg_spool_remove (state_path, order, &error))
      break;
    g_ptr_array_add (cancelled, g_strdup (order->id));
  }
  return error == NULL ? VG_EXIT_SUCCESS : (int) vg_exit_with_error (error);
}

/* The domain's running job, or NULL: there is one at most. */
static VgJournal *
find_job_of_domain (const VgConfig *config, const char *domain)
{
  g_autoptr (GPtrArray) all = vg_journal_read_all (config->state_path);

  for (guint i = 0; i < all->len; i++) {
    VgJournal *journal = all->pdata[i];

    if (!is_of_domain (domain, journal->domain, journal->uuid)
        || !is_running (config, journal))
      continue;
    all->pdata[i] = NULL;
    return journal;
  }
  return NULL;
}

static int
print_cancelled_list (const VgCommandLine *line, const GPtrArray *cancelled)
{
  g_autoptr (VgJson) json = json_object_new_object ();
  VgJson *ids = json_object_new_array ();

  for (guint i = 0; i < cancelled->len; i++) {
    json_object_array_add (ids, json_object_new_string (cancelled->pdata[i]));
    if (!line->json && !line->quiet)
      printf ("Cancelled %s\n", (char *) cancelled->pdata[i]);
  }
  vg_json_set_take (json, "cancelled", ids);
  if (line->json)
    vg_output_print (json, stdout);
  else if (!line->quiet && cancelled->len == 0)
    printf ("Nothing to cancel\n");
  return (int) vg_exit_flush (VG_EXIT_SUCCESS, NULL);
}

/* The orders first: else the agent would begin the next one. That there is
 * nothing to cancel is success: who drains a host wants that. */
static int
cancel_domain (const VgCommandLine *line, const char *domain)
{
  g_autoptr (GPtrArray) cancelled = g_ptr_array_new_with_free_func (g_free);
  int status = cancel_orders_of (line, domain, cancelled);
  g_autoptr (VgJournal) journal =
      status == VG_EXIT_SUCCESS ? find_job_of_domain (line->config, domain)
                                : NULL;

  if (journal != NULL)
    status = end_job (line, journal);
  if (status != VG_EXIT_SUCCESS)
    return status;
  if (journal != NULL)
    g_ptr_array_add (cancelled, g_strdup (journal->id));
  return print_cancelled_list (line, cancelled);
}

/* A job, or an order. */
static int
cancel_one (const VgCommandLine *line, const char *id)
{
  g_autoptr (VgJournal) journal = find_journal (line->config, id);
  g_autofree char *shown = vg_text_clean (id, 40);
  int status;

  if (journal == NULL)
    journal = find_job_of_order (line->config, id);
  if (journal != NULL)
    return cancel_job (line, journal);
  status = cancel_order (line, id);
  if (status >= 0)
    return status;
  return (int) vg_exit_failing (
      VG_FAILURE_NO_JOB,
      "there is no job or order '%s'; 'virt-glance jobs' lists them", shown);
}

int
vg_cmd_cancel (VgCommandLine *line, int argc, char **argv)
{
  g_autofree char *domain = NULL;
  const GOptionEntry own[] = {
    { "domain", 0, 0, G_OPTION_ARG_FILENAME, &domain,
      "cancel whatever runs or waits for that domain", "DOMAIN" },
    { NULL },
  };
  const GOptionEntry *tables[] = { own, NULL };
  g_autoptr (GError) error = NULL;
  int status = vg_command_line_parse (line, tables, &argc, &argv, 0, 1);

  if (status != VG_EXIT_SUCCESS)
    return status;
  if ((domain != NULL) == (argc > 1))
    return (int) vg_exit_failing (
        VG_FAILURE_USAGE,
        "give a job, or --domain; see 'virt-glance cancel --help'");
  if (!vg_journal_may_read (line->config->state_path, &error))
    return (int) vg_exit_with_error (error);
  return domain != NULL ? cancel_domain (line, domain)
                        : cancel_one (line, argv[1]);
}

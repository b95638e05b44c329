/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virt-glance cancel JOB: cancels a running job, of this command or of the
 * agent, or an order that waits for the agent. */
#include <stdio.h>

#include "cmd/command.h"
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
  fprintf (stderr, "virt-glance: job %s %s\n", id, what);
  return VG_EXIT_FAILURE;
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
  g_autofree char *object = NULL;

  vg_json_set_string (json, "cancelled", id);
  object = vg_json_to_text (json, TRUE);
  if (line->json || !line->quiet)
    printf ("%s\n", line->json ? object : text);
  return (int) vg_exit_flush (VG_EXIT_SUCCESS, NULL);
}

static int
print_end (const VgCommandLine *line, const VgJournal *journal)
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
  return print_cancelled (line, now->id,
                          "The job was cancelled and rolled back");
}

static int
cancel_job (const VgCommandLine *line, const VgJournal *journal)
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
  return print_end (line, journal);
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

int
vg_cmd_cancel (VgCommandLine *line, int argc, char **argv)
{
  g_autoptr (VgJournal) journal = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *shown = NULL;
  int status = vg_command_line_parse (line, NULL, &argc, &argv, 1, 1);

  if (status != VG_EXIT_SUCCESS)
    return status;
  if (!vg_journal_may_read (line->config->state_path, &error))
    return (int) vg_exit_with_error (error);
  journal = find_journal (line->config, argv[1]);
  if (journal == NULL)
    journal = find_job_of_order (line->config, argv[1]);
  if (journal != NULL)
    return cancel_job (line, journal);
  status = cancel_order (line, argv[1]);
  if (status >= 0)
    return status;
  shown = vg_text_clean (argv[1], 40);
  fprintf (stderr,
           "virt-glance: there is no job or order '%s'; 'virt-glance jobs' "
           "lists them\n",
           shown);
  return VG_EXIT_FAILURE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The jobs of this host, read and chosen. */
#include "cmd/jobs-list.h"

#include "cmd/status.h"
#include "journal/lock.h"
#include "journal/turn.h"

void
vg_jobs_clear (VgJobs *jobs)
{
  g_clear_pointer (&jobs->journals, g_ptr_array_unref);
  g_clear_pointer (&jobs->unread, g_ptr_array_unref);
  g_clear_pointer (&jobs->orders, g_ptr_array_unref);
  g_clear_pointer (&jobs->running, g_hash_table_unref);
  g_clear_pointer (&jobs->waiting, g_hash_table_unref);
}

/* Whether a job processes the order now. */
static gboolean
is_under_way (const VgJobs *jobs, const VgOrder *order)
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
find_running (VgJobs *jobs)
{
  jobs->running = g_hash_table_new (g_str_hash, g_str_equal);
  jobs->waiting = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < jobs->journals->len; i++) {
    VgJournal *seen = jobs->journals->pdata[i], *now;

    /* Nothing is left to be done: no lock needs to be looked at. */
    if (seen->state != VG_JOB_RUNNING && !vg_journal_has_leftovers (seen))
      continue;
    if (vg_lock_holds_job (jobs->config->state_path, seen->uuid, seen->id)) {
      g_hash_table_add (jobs->running, seen->id);
      if (vg_turn_is_awaited (jobs->config->state_path, seen->id))
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

/* The journal of a crashed job also says "running". */
const char *
vg_jobs_get_state (const VgJobs *jobs, const VgJournal *journal)
{
  if (g_hash_table_contains (jobs->waiting, journal->id))
    return VG_JOBS_WAITING;
  if (g_hash_table_contains (jobs->running, journal->id))
    return "running";
  if (journal->state == VG_JOB_RUNNING || vg_journal_has_leftovers (journal))
    return "to recover";
  return vg_job_state_to_string (journal->state);
}

/* Keeps the latest entries of a list, of which *room more may be listed; all if
 * it is negative. */
static void
keep_latest (GPtrArray *list, int *room)
{
  if (*room < 0)
    return;
  if (list->len > (guint) *room)
    g_ptr_array_remove_range (list, 0, list->len - (guint) *room);
  *room -= (int) list->len;
}

/* In the order in which they are printed. */
static void
filter_jobs (VgJobs *jobs, const VgJobsFilter *filter)
{
  int room = filter->last > 0 ? filter->last : -1;

  for (guint i = jobs->orders->len; i > 0; i--) {
    const VgOrder *order = jobs->orders->pdata[i - 1];

    if (!vg_jobs_filter_has (filter, order->domain, order->uuid,
                             VG_JOBS_WAITING, order->asked))
      g_ptr_array_remove_index (jobs->orders, i - 1);
  }
  for (guint i = jobs->journals->len; i > 0; i--) {
    const VgJournal *journal = jobs->journals->pdata[i - 1];

    if (!vg_jobs_filter_has (filter, journal->domain, journal->uuid,
                             vg_jobs_get_state (jobs, journal),
                             journal->started))
      g_ptr_array_remove_index (jobs->journals, i - 1);
  }
  if (!vg_jobs_filter_has (filter, NULL, NULL, VG_JOBS_UNREADABLE, 0))
    g_ptr_array_set_size (jobs->unread, 0);
  keep_latest (jobs->orders, &room);
  keep_latest (jobs->journals, &room);
  keep_latest (jobs->unread, &room);
}

/* Returns the exit status. */
int
vg_jobs_read (VgJobs *jobs, const VgConfig *config, const VgJobsFilter *filter)
{
  g_autoptr (GError) error = NULL;

  jobs->config = config;
  jobs->orders = vg_spool_look (jobs->config->state_path, &error);
  if (jobs->orders == NULL)
    return (int) vg_exit_with_error (error);
  jobs->journals = vg_journal_list (jobs->config->state_path, &jobs->unread);
  find_running (jobs);
  for (guint i = jobs->orders->len; i > 0; i--)
    if (is_under_way (jobs, jobs->orders->pdata[i - 1]))
      g_ptr_array_remove_index (jobs->orders, i - 1);
  filter_jobs (jobs, filter);
  return VG_EXIT_SUCCESS;
}

/* In seconds; -1: unknown, or not wanted. */
gint64
vg_jobs_get_duration (const VgJobs *jobs, const VgJournal *journal)
{
  gint64 end = journal->finished;

  if (g_hash_table_contains (jobs->running, journal->id))
    end = jobs->follows ? 0 : g_get_real_time () / G_USEC_PER_SEC;
  return end >= journal->started && end > 0 ? end - journal->started : -1;
}

/* -1: unknown, or not wanted. */
int
vg_jobs_get_percent (const VgJobs *jobs, const VgJournal *journal)
{
  if (jobs->follows || !g_hash_table_contains (jobs->running, journal->id))
    return -1;
  return vg_lock_get_percent (jobs->config->state_path, journal->uuid,
                              journal->id);
}

guint64
vg_jobs_get_size (const VgJournal *journal)
{
  guint64 size = 0;

  for (guint i = 0; i < journal->images->len; i++)
    size += ((VgJobImage *) journal->images->pdata[i])->size;
  return size;
}

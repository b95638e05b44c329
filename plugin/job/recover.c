/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cleans up after a crash: the same undo as after a failure, with the journal
 * read from its file. */
#include "job/recover.h"

#include "glance/glance.h"
#include "host/guest.h"
#include "job/error.h"
#include "job/flatten.h"
#include "job/outcome.h"
#include "journal/journal.h"
#include "journal/lock.h"
#include "job/undo-files.h"
#include "job/undo.h"

/* How often to look for what may still appear. */
#define LOOK_EVERY_MS 2000

typedef struct {
  const VgConfig *config;
  const VgReport *report;
  VgGlance *glance; /* once a step needs it */
  guint n_jobs;     /* dealt with so far */
  gboolean ok;      /* no failure so far */
  GPtrArray *late;  /* of VgJournal, borrowed: to be looked at again */
  gboolean again;   /* that is being done */
  gint64 past_late; /* nothing can appear any more; monotonic µs, if again */
} Recovery;

/* *guest stays NULL if the domain no longer exists. */
static gboolean
find_guest (VgHost *host, const VgJournal *journal, VgGuest **guest,
            GError **error)
{
  g_autoptr (GError) why = NULL;

  *guest = vg_guest_find (host, journal->uuid, &why);
  if (*guest != NULL
      || g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

static gboolean
undo_job (Recovery *recovery, VgJournal *journal, GError **error)
{
  gboolean of_guest = vg_journal_needs (journal, VG_STEP_NEEDS_GUEST);
  gboolean of_host = vg_journal_needs (journal, VG_STEP_NEEDS_HOST);
  g_autoptr (VgHost) host = NULL;
  g_autoptr (VgGuest) guest = NULL;
  g_autoptr (VgCeph) ceph = NULL;
  g_autoptr (GError) no_glance = NULL;
  VgPeers peers;

  /* libvirt may have the key for Ceph, but there are other sources of keys. */
  if (of_guest || of_host || vg_journal_needs (journal, VG_STEP_NEEDS_CEPH))
    host = vg_host_open (journal->uri, of_guest || of_host ? error : NULL);
  if ((of_guest || of_host) && host == NULL)
    return FALSE;
  if (of_guest && !find_guest (host, journal, &guest, error))
    return FALSE;
  if (vg_journal_needs (journal, VG_STEP_NEEDS_GLANCE)
      && recovery->glance == NULL)
    recovery->glance = vg_glance_new (recovery->config, &no_glance);
  ceph = vg_ceph_new (recovery->config, host);
  peers = (VgPeers){ guest, recovery->glance, ceph, host };
  if (vg_settle_swaps (journal, &peers, error)
      && vg_undo_steps (journal, 0, &peers, error))
    return TRUE;
  if (no_glance != NULL)
    g_prefix_error (error, "%s; ", no_glance->message);
  return FALSE;
}

static gboolean
is_flatten (const VgJournal *journal)
{
  return journal->kind == VG_JOB_FLATTEN;
}

static void
report_job (const VgReport *report, const VgJournal *journal)
{
  if (is_flatten (journal))
    vg_report_phase (report, "Flattening image %s of domain %s", journal->uuid,
                     journal->domain);
  else
    vg_report_phase (report, "Rolling back job %s of domain %s", journal->id,
                     journal->domain);
}

/* Records the reason, for lists of jobs. */
static void
note_failure (VgJournal *journal, const GError *why)
{
  VgJobState state = journal->state;

  vg_outcome_note (journal, why);
  journal->state = state;
  if (!vg_journal_write (journal, NULL))
    g_debug ("job %s: its journal can't be written", journal->id);
}

/* Sets the final state of a dead job once all its steps are undone. */
static void
end_dead_job (VgJournal *journal)
{
  gboolean done = is_flatten (journal) || vg_journal_has_kept (journal);
  g_autoptr (GError) why = g_error_new (VG_RUN_ERROR, VG_RUN_ERROR_INTERRUPTED,
                                        "it was interrupted");

  journal->state = VG_JOB_DONE;
  journal->finished = g_get_real_time () / G_USEC_PER_SEC;
  if (is_flatten (journal))
    g_clear_pointer (&journal->error, g_free);
  if (!done)
    vg_outcome_note (journal, why);
}

/* Undoes a dead job, or completes its remaining work, with its lock held. */
static gboolean
recover_locked (Recovery *recovery, VgJournal *journal, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (!recovery->again)
    report_job (recovery->report, journal);
  if (!undo_job (recovery, journal, &why)) {
    if (is_flatten (journal))
      note_failure (journal, why);
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  if (journal->state == VG_JOB_RUNNING)
    end_dead_job (journal);
  recovery->n_jobs++;
  return vg_journal_write (journal, error);
}

static gboolean
is_unfinished (const VgJournal *journal)
{
  return journal->state == VG_JOB_RUNNING || vg_journal_has_leftovers (journal);
}

/* Reads the journal again under the lock: the job may have succeeded, or have
 * been recovered, meanwhile. */
static gboolean
recover_job (Recovery *recovery, const VgJournal *seen, GError **error)
{
  g_autoptr (VgLock) lock =
      vg_lock_take (recovery->config->state_path, seen->uuid, seen->id, error);
  g_autoptr (VgJournal) journal = NULL;

  if (lock == NULL)
    return FALSE;
  journal = vg_journal_read (seen->path, error);
  if (journal == NULL)
    return FALSE;
  return !is_unfinished (journal) || recover_locked (recovery, journal, error);
}

static gboolean
is_dead (const VgConfig *config, const VgJournal *journal)
{
  return is_unfinished (journal)
         && !vg_lock_holds_job (config->state_path, journal->uuid, journal->id);
}

/* Returns the first failure in error, reports others as warnings. Takes why. */
static void
note_problem (Recovery *recovery, GError *why, GError **error)
{
  if (recovery->ok) {
    g_propagate_error (error, why);
  } else {
    vg_report_warning (recovery->report, "%s", why->message);
    g_error_free (why);
  }
  recovery->ok = FALSE;
}

static void
note_job_problem (Recovery *recovery, const VgJournal *journal, GError *why,
                  GError **error)
{
  g_prefix_error (&why, "job %s of domain %s: ", journal->id, journal->domain);
  note_problem (recovery, why, error);
}

/* Takes why. */
static void
note_late (Recovery *recovery, const VgJournal *journal, GError *why)
{
  vg_report_phase (recovery->report, "Waiting for job %s: %s", journal->id,
                   why->message);
  g_ptr_array_add (recovery->late, (gpointer) journal);
  g_error_free (why);
}

static GError *
explain_unread (const VgUnreadJournal *unread)
{
  if (g_error_matches (unread->why, VG_JSON_ERROR, VG_JSON_ERROR_NEWER))
    return g_error_new (VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER,
                        "the journal %s; run 'virt-glance recover' of that "
                        "version",
                        unread->why->message);
  return g_error_new (VG_RUN_ERROR, VG_RUN_ERROR_LEFTOVER,
                      "a job's journal can't be read, so what the job may have "
                      "left stays: %s",
                      unread->why->message);
}

/* Whether the job is selected. */
static gboolean
is_wanted (const VgRecovery *wanted, const char *job_id)
{
  return wanted->job_id == NULL || g_str_equal (job_id, wanted->job_id);
}

static gboolean
is_wanted_journal (const VgRecovery *wanted, const VgJournal *journal)
{
  return is_wanted (wanted, journal->id)
         && (wanted->uuid == NULL || g_str_equal (journal->uuid, wanted->uuid));
}

static gboolean
note_unread (Recovery *recovery, const VgRecovery *wanted,
             const GPtrArray *unread, GError **error)
{
  gboolean found = FALSE;

  for (guint i = 0; i < unread->len; i++) {
    const VgUnreadJournal *journal = unread->pdata[i];

    if (!is_wanted (wanted, journal->id)
        && !g_str_equal (journal->id, VG_UNREAD_ALL))
      continue;
    note_problem (recovery, explain_unread (journal), error);
    found = TRUE;
  }
  return found;
}

static gboolean
recover_all (Recovery *recovery, const VgRecovery *wanted,
             const GPtrArray *journals, GError **error)
{
  gboolean found = FALSE;

  for (guint i = 0; i < journals->len; i++) {
    const VgJournal *journal = journals->pdata[i];
    GError *why = NULL;

    if (!is_wanted_journal (wanted, journal))
      continue;
    found = TRUE;
    if (!is_dead (recovery->config, journal))
      continue;
    if (wanted->background && is_flatten (journal)) {
      vg_flatten_start (journal, recovery->config, recovery->report);
      continue;
    }
    if (recover_job (recovery, journal, &why))
      continue;
    if (wanted->waits && vg_run_error_is_late (why))
      note_late (recovery, journal, why);
    else
      note_job_problem (recovery, journal, why, error);
  }
  return found;
}

/* FALSE: cancelled. */
static gboolean
pause_until_look (GCancellable *cancellable)
{
  GPollFD fd;

  if (!g_cancellable_make_pollfd (cancellable, &fd)) {
    g_usleep (LOOK_EVERY_MS * 1000);
    return TRUE;
  }
  g_poll (&fd, 1, LOOK_EVERY_MS);
  g_cancellable_release_fd (cancellable);
  return !g_cancellable_is_cancelled (cancellable);
}

/* Whether the job is looked at once more. The domain is free meanwhile, so
 * another job may be at work on it at the moment of a look. */
static gboolean
may_look_again (const Recovery *recovery, const GError *why)
{
  if (g_error_matches (why, VG_LOCK_ERROR, VG_LOCK_ERROR_HELD))
    return g_get_monotonic_time () < recovery->past_late;
  return vg_run_error_is_late (why);
}

/* The job stays in the list while something may appear. At the end that is a
 * failure, too. Without the job's lock meanwhile. */
static void
look_again (Recovery *recovery, gboolean end, GError **error)
{
  for (guint i = recovery->late->len; i > 0; i--) {
    const VgJournal *journal = recovery->late->pdata[i - 1];
    GError *why = NULL;

    if (!recover_job (recovery, journal, &why)) {
      if (!end && may_look_again (recovery, why)) {
        g_error_free (why);
        continue;
      }
      note_job_problem (recovery, journal, why, error);
    }
    g_ptr_array_remove_index (recovery->late, i - 1);
  }
}

static void
wait_for_late (Recovery *recovery, GCancellable *cancellable, GError **error)
{
  guint longest = 0;

  for (guint i = 0; i < VG_N_STEP_KINDS; i++)
    longest = MAX (longest, vg_step_get_traits ((VgStepKind) i)->late);
  recovery->past_late = g_get_monotonic_time () + longest * G_USEC_PER_SEC;
  recovery->again = TRUE;
  while (recovery->late->len > 0)
    look_again (recovery, !pause_until_look (cancellable), error);
}

gboolean
vg_recover (const VgConfig *config, const VgRecovery *wanted,
            const VgReport *report, guint *n_jobs, GError **error)
{
  g_autoptr (GPtrArray) unread = NULL;
  g_autoptr (GPtrArray) journals =
      vg_journal_list (config->state_path, &unread);
  g_autoptr (GPtrArray) late = g_ptr_array_new ();
  Recovery recovery = {
    .config = config, .report = report, .ok = TRUE, .late = late
  };
  gboolean found;

  *n_jobs = 0;
  if (!vg_journal_may_trust (config->state_path, error))
    return FALSE;
  /* Of which domain it is isn't known. */
  found =
      wanted->uuid == NULL && note_unread (&recovery, wanted, unread, error);
  found |= recover_all (&recovery, wanted, journals, error);
  wait_for_late (&recovery, wanted->cancellable, error);
  vg_glance_free (recovery.glance);
  *n_jobs = recovery.n_jobs;
  if (found || wanted->job_id == NULL)
    return recovery.ok;
  g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_NO_JOB,
               "unknown job %s; 'virt-glance jobs' lists the jobs",
               wanted->job_id);
  return FALSE;
}

char *
vg_recover_find (const VgConfig *config, const char *uuid)
{
  g_autoptr (GPtrArray) all = vg_journal_read_all (config->state_path);

  for (guint i = 0; i < all->len; i++) {
    const VgJournal *journal = all->pdata[i];

    if (g_str_equal (journal->uuid, uuid) && is_unfinished (journal))
      return g_strdup (journal->id);
  }
  return NULL;
}

void
vg_recover_domain (const VgConfig *config, const char *uuid,
                   const VgReport *report)
{
  const VgRecovery wanted = { .uuid = uuid };
  g_autofree char *left = NULL;
  g_autoptr (GError) error = NULL;
  guint n_jobs;

  /* Without journals there is no new job either, which says why. */
  if (!vg_journal_may_read (config->state_path, &error))
    return;
  left = vg_recover_find (config, uuid);
  /* Whether its process is dead is looked at there. */
  if (left != NULL && !vg_recover (config, &wanted, report, &n_jobs, &error))
    vg_report_warning (report, "what a dead job left isn't undone yet: %s",
                       error->message);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes one order: checks whether it is still necessary, then runs a job
 * like that of the snapshot command. The order is removed from the spool last:
 * after a crash before that, the job's journal tells whether the job had
 * finished. */
#include "agent/order-worker.h"

#include <sys/stat.h>

#include "agent/log.h"
#include "agent/order-end.h"
#include "agent/retry.h"
#include "agent/status.h"
#include "domain/libvirt-snapshot.h"
#include "glance/glance.h"
#include "host/guest.h"
#include "host/libvirt-snapshots.h"
#include "journal/cancel.h"
#include "journal/lock.h"
#include "job/rotate.h"
#include "job/run.h"
#include "request/spool.h"
#include "util/text.h"

/* libvirt writes the domain's XML to disk for each status. */
#define ANSWER_EVERY_US (5 * G_USEC_PER_SEC)

typedef struct {
  const VgWork *work;
  const VgOrder *order;
  VgGuest *guest;            /* NULL: the domain doesn't exist, or libvirt is
                                unreachable */
  GCancellable *cancellable; /* of the job; also cancelled by the work's */
  VgCancelWatch *watch;
  char *job;       /* its id, or NULL before it begins */
  gint64 answered; /* last status, monotonic µs */
  gboolean last;   /* this is the last try */
  gboolean cut;    /* it was cut short by the work's cancellable */
} Run;

static void
clear_run (Run *run)
{
  vg_cancel_watch_free (run->watch);
  g_clear_object (&run->cancellable);
  vg_guest_free (run->guest);
  g_free (run->job);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, clear_run)

static VgLogFields
get_log_fields (const Run *run)
{
  VgLogFields fields = { .domain = run->order->domain,
                         .order = run->order->id,
                         .job = run->job };

  return fields;
}

/* Writes the domain's status. FALSE if libvirt is unreachable. */
static gboolean
put_status (Run *run, VgStatusState state, int percent,
            const VgJournal *journal, const char *text)
{
  VgStatus status = { .state = state,
                      .order = run->order->id,
                      .job = journal != NULL ? journal->id : run->job,
                      .percent = percent,
                      .journal = journal,
                      .text = text };
  VgLogFields fields = get_log_fields (run);
  g_autoptr (GError) error = NULL;

  run->answered = g_get_monotonic_time ();
  if (run->guest == NULL || vg_status_put (run->guest, &status, &error))
    return TRUE;
  vg_agent_log (&fields, G_LOG_LEVEL_WARNING, "%s", error->message);
  return !g_error_matches (error, VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION);
}

/* Ends the order: removes it from the spool after its status was written, or,
 * in the last try, even without. */
static gboolean
end_order (Run *run, VgStatusState state, const VgJournal *journal,
           const char *text)
{
  VgLogFields fields = get_log_fields (run);
  g_autoptr (GError) error = NULL;

  if (!put_status (run, state, -1, journal, text) && !run->last)
    return FALSE;
  if (journal != NULL && journal->state == VG_JOB_DONE)
    vg_order_end_log_done (run->order, journal);
  if (!vg_spool_remove (run->work->config->state_path, run->order, &error))
    vg_agent_log (&fields, G_LOG_LEVEL_WARNING, "%s", error->message);
  return TRUE;
}

/* Whether it may be the journal of the order's job, and can be read later: not
 * one that is damaged, or that was last written before the order. */
static gboolean
may_be_journal (const VgUnreadJournal *unread, const VgOrder *order)
{
  struct stat st;

  return unread->why->domain == G_FILE_ERROR
         && (lstat (unread->path, &st) < 0 || st.st_mtime >= order->asked);
}

/* The journal of the job that created the order's images; NULL without error:
 * none has. With GFileError a journal that can't be read now might be it. */
static VgJournal *
find_journal (const Run *run, GError **error)
{
  g_autoptr (GPtrArray) unread = NULL;
  g_autoptr (GPtrArray) all =
      vg_journal_list (run->work->config->state_path, &unread);

  for (guint i = 0; i < all->len; i++) {
    VgJournal *journal = all->pdata[i];

    if (g_strcmp0 (journal->order, run->order->id) != 0
        || !vg_journal_has_kept (journal))
      continue;
    all->pdata[i] = NULL;
    return journal;
  }
  for (guint i = 0; i < unread->len; i++)
    if (may_be_journal (unread->pdata[i], run->order)) {
      g_propagate_prefixed_error (
          error, g_error_copy (((VgUnreadJournal *) unread->pdata[i])->why),
          "the order may be done already: ");
      return NULL;
    }
  return NULL;
}

/* Unless its job has done so, or had begun. */
static void
record_failure (Run *run, const GError *error)
{
  const VgWork *work = run->work;

  if (run->job == NULL)
    run->job = vg_order_end_record (run->order, work->config, work->uri, error);
}

static gboolean
fail_order (Run *run, const GError *error)
{
  g_autoptr (VgJournal) journal = find_journal (run, NULL);

  record_failure (run, error);
  vg_order_end_log_failure (run->order, run->job, journal, error->message);
  return end_order (run, VG_STATUS_FAILED, journal, error->message);
}

/* Whether a retry may succeed. */
static gboolean
is_transient (const Run *run, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_cancellable_is_cancelled (run->work->cancellable);
  return !run->last && vg_retry_may_help (error);
}

static gboolean
skip_order (Run *run, const char *why)
{
  VgLogFields fields = get_log_fields (run);

  vg_agent_log (&fields, G_LOG_LEVEL_MESSAGE, "domain %s: %s",
                run->order->domain, why);
  return end_order (run, VG_STATUS_SKIPPED, NULL, why);
}

/* Whether the order concerns a libvirt snapshot that was deleted or never
 * completed. Snapshots in progress are listed too. */
static gboolean
is_without_snapshot (Run *run)
{
  const VgOrder *order = run->order;
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = NULL;
  g_autoptr (VgLibvirtSnapshot) savepoint = NULL;

  if (order->kind != VG_ORDER_SNAPSHOT || order->request == NULL)
    return FALSE;
  xml = vg_guest_get_snapshot_xml (run->guest, order->request->from, &error);
  if (xml == NULL)
    return g_error_matches (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_SNAPSHOT);
  savepoint = vg_libvirt_snapshot_parse (xml, NULL);
  return savepoint != NULL && savepoint->created != order->created;
}

static gboolean
skip_without_snapshot (Run *run)
{
  g_autofree char *why =
      g_strdup_printf ("snapshot '%s' was deleted before it could be exported",
                       run->order->request->from);

  return skip_order (run, why);
}

static gboolean
retry_order (Run *run, const GError *error)
{
  VgLogFields fields;

  run->cut = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  record_failure (run, error);
  fields = get_log_fields (run);
  vg_agent_log (&fields, G_LOG_LEVEL_WARNING,
                "order of domain %s: %s; trying again", run->order->domain,
                error->message);
  put_status (run, VG_STATUS_WAITING, -1, NULL, error->message);
  return FALSE;
}

static gboolean
give_up (Run *run, const GError *error)
{
  g_autoptr (GError) why =
      g_error_new (error->domain, error->code,
                   "%s; it is not tried again, because it was asked for longer "
                   "ago than [agent] retry_hours",
                   error->message);

  return fail_order (run, why);
}

static gboolean
fail_or_retry (Run *run, const GError *error)
{
  if (is_without_snapshot (run))
    return skip_without_snapshot (run);
  if (is_transient (run, error))
    return retry_order (run, error);
  return vg_retry_may_help (error) ? give_up (run, error)
                                   : fail_order (run, error);
}

/* Callbacks of the job */

static void
on_job (const char *id, gpointer data)
{
  Run *run = data;

  g_free (run->job);
  run->job = g_strdup (id);
  vg_cancel_watch_free (run->watch);
  run->watch =
      vg_cancel_watch_new (run->work->config->state_path, id, run->cancellable);
}

static void
on_failed (const char *id, gpointer data)
{
  Run *run = data;

  g_free (run->job);
  run->job = g_strdup (id);
}

static void
forward_cancel (GCancellable *from G_GNUC_UNUSED, gpointer to)
{
  g_cancellable_cancel (to);
}

static void
on_phase (const char *text, gpointer data)
{
  g_debug ("order %s: %s", ((Run *) data)->order->id, text);
}

static void
on_warning (const char *text, gpointer data)
{
  Run *run = data;
  VgLogFields fields = get_log_fields (run);

  vg_agent_log (&fields, G_LOG_LEVEL_WARNING, "order of domain %s: %s",
                run->order->domain, text);
}

static void
on_progress (guint64 sent, guint64 total, gpointer data)
{
  Run *run = data;
  double share = total > 0 ? (double) MIN (sent, total) / (double) total : 1;

  if (g_get_monotonic_time () - run->answered >= ANSWER_EVERY_US)
    put_status (run, VG_STATUS_RUNNING, (int) (100 * share), NULL, NULL);
}

/* Deletes the oldest backups after the new one exists. Errors don't fail the
 * order. Returns NULL, or an error message, to be freed with g_free(). */
static char *
rotate_backups (Run *run, VgGlance *glance, const VgJournal *made,
                const VgReport *report)
{
  const VgRequest *request = run->order->request;
  VgLogFields fields = get_log_fields (run);
  VgRotation rotation = { .uuid = run->order->uuid, .made = made };
  g_autoptr (GPtrArray) deleted = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  if (request == NULL || request->backup_type == NULL)
    return NULL;
  rotation.owner = vg_rotate_get_owner (made, NULL, NULL, NULL);
  rotation.backup_type = request->backup_type;
  rotation.keep = vg_retention_from_request (request);
  if (!vg_rotate_backups (glance, &rotation, report, deleted,
                          run->work->cancellable, &error))
    vg_agent_log (&fields, G_LOG_LEVEL_WARNING, "order of domain %s: %s",
                  run->order->domain, error->message);
  for (guint i = 0; i < deleted->len; i++) {
    fields.image = deleted->pdata[i];
    vg_agent_log (&fields, G_LOG_LEVEL_MESSAGE,
                  "domain %s: deleted the old backup %s", run->order->domain,
                  fields.image);
  }
  return error != NULL ? g_strdup (error->message) : NULL;
}

/* Ends an order whose images were created before a crash; rotation may still be
 * necessary. */
static gboolean
finish_after_crash (Run *run, const VgJournal *journal)
{
  const VgReport report = { .warning = on_warning, .data = run };
  g_autofree char *problem = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgGlance) glance =
      vg_glance_pool_take (run->work->glances, &error);

  problem = glance != NULL ? rotate_backups (run, glance, journal, &report)
                           : g_strdup (error->message);
  return end_order (run, VG_STATUS_DONE, journal,
                    journal->error != NULL ? journal->error : problem);
}

/* Ends an order whose images were kept. What is left of the job is for recover;
 * a copy that failed is not tried again. problem: of the rotation, or NULL. */
static gboolean
end_with_rest (Run *run, const VgJournal *journal, const GError *rest,
               const char *problem)
{
  gboolean copied = !g_error_matches (rest, VG_RUN_ERROR, VG_RUN_ERROR_COPY);
  g_autofree char *text =
      g_strdup_printf ("%s%s%s", rest->message, problem != NULL ? "; " : "",
                       problem != NULL ? problem : "");

  vg_order_end_log_failure (run->order, run->job, journal, rest->message);
  return end_order (run, copied ? VG_STATUS_DONE : VG_STATUS_FAILED, journal,
                    text);
}

static gboolean
run_job (Run *run, const VgRequest *request)
{
  const VgReport report = { .job = on_job,
                            .failed = on_failed,
                            .phase = on_phase,
                            .warning = on_warning,
                            .progress = on_progress,
                            .data = run };
  const VgWork *work = run->work;
  g_autoptr (GError) error = NULL, rest = NULL;
  g_autoptr (VgJournal) journal = NULL;
  g_autoptr (VgHost) host = NULL;
  g_autofree char *problem = NULL;
  gulong stopping;
  g_autoptr (VgGlance) glance = vg_glance_pool_take (work->glances, &error);

  run->cancellable = g_cancellable_new ();
  stopping = g_cancellable_connect (
      work->cancellable, G_CALLBACK (forward_cancel), run->cancellable, NULL);
  put_status (run, VG_STATUS_RUNNING, -1, NULL, NULL);
  if (glance != NULL)
    host = vg_host_open (work->uri, &error);
  if (host != NULL)
    journal = vg_run_snapshot (request, work->config, host, glance, &report,
                               run->cancellable, &rest, &error);
  g_cancellable_disconnect (work->cancellable, stopping);
  if (error != NULL)
    return fail_or_retry (run, error);
  vg_order_end_log_images (run->order, journal);
  if (g_error_matches (rest, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return fail_or_retry (run, rest);
  problem = rotate_backups (run, glance, journal, &report);
  if (rest == NULL && problem == NULL)
    vg_glance_pool_give (work->glances, g_steal_pointer (&glance));
  return rest != NULL ? end_with_rest (run, journal, rest, problem)
                      : end_order (run, VG_STATUS_DONE, journal, problem);
}

/* TRUE if the domain stopped for a reason in its policy, which the hook can't
 * check. Else sets *over, like the result of process(). */
static gboolean
is_wanted (Run *run, gboolean *over)
{
  char **reasons =
      run->order->request != NULL ? run->order->request->reasons : NULL;
  g_autofree char *why = NULL;
  g_autoptr (GError) error = NULL;
  const char *reason;

  if (run->order->kind != VG_ORDER_STOPPED || reasons == NULL)
    return TRUE;
  if (!vg_guest_get_stop_reason (run->guest, &reason, &error)) {
    *over = fail_or_retry (run, error);
    return FALSE;
  }
  if (reason != NULL && g_strv_contains ((const char *const *) reasons, reason))
    return TRUE;
  why = reason != NULL ? g_strdup_printf (
            "the domain stopped (%s), but its policy applies to other reasons",
            reason)
                       : g_strdup ("the domain stopped, but was started again "
                                   "before a snapshot could be taken");
  *over = skip_order (run, why);
  return FALSE;
}

/* On FALSE sets *over, like the result of process(). */
static gboolean
find_guest (Run *run, gboolean *over)
{
  g_autoptr (GError) error = NULL;

  run->guest = vg_guest_find (run->work->host, run->order->uuid, &error);
  if (run->guest != NULL)
    return TRUE;
  if (g_error_matches (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN))
    *over = skip_order (run, "the domain no longer exists");
  else
    *over = fail_or_retry (run, error);
  return FALSE;
}

/* Whether the order is over. */
static gboolean
process (Run *run)
{
  const VgConfig *config = run->work->config;
  g_autoptr (VgJournal) journal = NULL;
  g_autoptr (VgRequest) request = NULL;
  g_autoptr (GError) error = NULL;
  gboolean over;

  if (!find_guest (run, &over))
    return over;
  if (!vg_spool_has (config->state_path, run->order))
    return skip_order (run, "it was cancelled");
  journal = find_journal (run, &error);
  if (error != NULL)
    return run->last ? fail_order (run, error) : retry_order (run, error);
  if (journal != NULL)
    return finish_after_crash (run, journal);
  if (!is_wanted (run, &over))
    return over;
  if (is_without_snapshot (run))
    return skip_without_snapshot (run);
  request = vg_order_to_request (run->order, config, &error);
  if (request == NULL)
    return fail_order (run, error);
  return run_job (run, request);
}

VgTry
vg_work_run (const VgWork *work, const VgOrder *order)
{
  g_auto (Run) run = { .work = work,
                       .order = order,
                       .last = vg_retry_is_over (order, work->config) };

  if (process (&run))
    return VG_TRY_OVER;
  return run.cut ? VG_TRY_CUT : VG_TRY_FAILED;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon's main loop. It waits for events and schedules orders. Blocking
 * work is done in threads: the libvirt worker's (libvirt-worker.h), and one for
 * each running order (order-worker.h). Threads report their results by idle
 * callbacks. */
#include "agent/agent.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include "agent/drain-watch.h"
#include "agent/libvirt-worker.h"
#include "agent/snapshot-directories.h"
#include "agent/log.h"
#include "agent/queue.h"
#include "agent/retry.h"
#include "agent/order-worker.h"
#include "request/metadata.h"
#include "job/metrics.h"
#include "journal/lock.h"
#include "request/spool.h"
#include "util/deadline.h"

G_DEFINE_QUARK (vg_agent_error_quark, vg_agent_error)

/* Polls in case an event or a wakeup was lost. */
#define RECONCILE_S 60
#define RECOVER_S 300
/* While something is left, or may still appear. */
#define RECOVER_AGAIN_S 60

/* Pauses before retries, doubled each time. */
#define FIRST_PAUSE_S 1
#define MAX_PAUSE_S 60

typedef struct {
  const VgConfig *config;
  GMainLoop *loop;
  VgQueue *queue;
  VgLibvirtWorker *libvirt_worker;
  VgDrainWatch *drain;
  VgWork work;
  guint wake_source;  /* timer for the next order, or 0 */
  guint retry_source; /* timer for the connection, or 0 */
  guint drain_source; /* timer that cancels running orders, or 0 */
  guint again_source; /* timer for another recovery, or 0 */
  guint pause_s;      /* before the next attempt to connect */
  gboolean ready;     /* the first recovery has finished */
  gboolean stopping;
} Agent;

/* A running order and its result. */
typedef struct {
  Agent *agent;
  VgOrder *order;
  GThread *thread;
  VgTry result;
} Errand;

static void start_orders (Agent *agent);

static void
clear_source (guint *source)
{
  if (*source != 0)
    g_source_remove (*source);
  *source = 0;
}

static gboolean
on_order_due (gpointer data)
{
  Agent *agent = data;

  agent->wake_source = 0;
  start_orders (agent);
  return G_SOURCE_REMOVE;
}

static void
set_wake_timer (Agent *agent)
{
  gint64 next = vg_queue_next_time (agent->queue);
  gint64 pause = next - g_get_monotonic_time ();

  clear_source (&agent->wake_source);
  /* An order that could start already waits for the end of another. */
  if (next != 0 && pause > 0)
    agent->wake_source =
        g_timeout_add ((guint) (pause / 1000 + 1), on_order_due, agent);
}

/* The order waits for another try, unless it is over. Frees the errand. */
static void
end_errand (Errand *errand)
{
  gint64 again = 0;

  if (errand->result == VG_TRY_FAILED) {
    vg_retry_note (errand->order, errand->agent->config);
    again = vg_retry_get_time (errand->order);
  }
  if (errand->result != VG_TRY_OVER)
    again = MAX (again, 1);
  vg_queue_end (errand->agent->queue, errand->order, again);
  g_free (errand);
}

static gboolean
on_errand_over (gpointer data)
{
  Errand *errand = data;
  Agent *agent = errand->agent;

  g_thread_join (errand->thread);
  end_errand (errand);
  start_orders (agent);
  if (agent->stopping && vg_queue_count_running (agent->queue) == 0)
    g_main_loop_quit (agent->loop);
  return G_SOURCE_REMOVE;
}

static gpointer
run_errand (gpointer data)
{
  Errand *errand = data;

  errand->result = vg_work_run (&errand->agent->work, errand->order);
  vg_metrics_update (errand->agent->config);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_errand_over, errand, NULL);
  return NULL;
}

static void
update_systemd_status (Agent *agent, gboolean draining)
{
  sd_notifyf (0, "STATUS=%u of %u orders running%s",
              vg_queue_count_running (agent->queue),
              vg_queue_count (agent->queue),
              draining ? "; the host is being drained" : "");
}

/* An order that no thread can carry out now waits, as after a failure. */
static void
put_off (Errand *errand, const GError *why)
{
  g_warning ("the order %s for domain %s waits: %s", errand->order->id,
             errand->order->domain, why->message);
  errand->result = VG_TRY_FAILED;
  end_errand (errand);
}

static void
start_orders (Agent *agent)
{
  gboolean draining;
  VgOrder *order;

  if (!agent->ready || agent->stopping)
    return;
  draining = vg_drain_watch_is_on (agent->drain);
  while (!draining
         && (order = vg_queue_begin (agent->queue, g_get_monotonic_time ()))
                != NULL) {
    Errand *errand = g_new0 (Errand, 1);
    g_autoptr (GError) error = NULL;

    errand->agent = agent;
    errand->order = order;
    errand->thread = g_thread_try_new ("order", run_errand, errand, &error);
    if (errand->thread == NULL)
      put_off (errand, error);
  }
  set_wake_timer (agent);
  update_systemd_status (agent, draining);
}

static void
on_drain_changed (gpointer data)
{
  start_orders (data);
}

/* It is read again in a minute. */
static void
read_spool (Agent *agent)
{
  g_autoptr (GPtrArray) orders = NULL;
  g_autoptr (GError) error = NULL;

  if (agent->stopping)
    return;
  orders = vg_spool_list (agent->config->state_path, FALSE, &error);
  if (orders == NULL) {
    g_warning ("no orders are taken: %s", error->message);
    return;
  }
  for (guint i = 0; i < orders->len; i++) {
    VgOrder *order = g_steal_pointer (&orders->pdata[i]);

    vg_queue_add (agent->queue, order, vg_retry_get_time (order));
  }
  start_orders (agent);
}

static gboolean
on_reconnect (gpointer data)
{
  Agent *agent = data;

  agent->retry_source = 0;
  vg_libvirt_worker_do (agent->libvirt_worker, VG_LIBVIRT_WORKER_CONNECT, NULL);
  return G_SOURCE_REMOVE;
}

/* Schedules another attempt to connect after a failure; resets the pause after
 * a success. */
static void
retry_connect (Agent *agent, gboolean ok)
{
  if (ok) {
    agent->pause_s = FIRST_PAUSE_S;
    return;
  }
  if (agent->retry_source == 0)
    agent->retry_source =
        g_timeout_add_seconds (agent->pause_s, on_reconnect, agent);
  agent->pause_s = MIN (2 * agent->pause_s, MAX_PAUSE_S);
}

static gboolean
on_recover_again (gpointer data)
{
  Agent *agent = data;

  agent->again_source = 0;
  vg_libvirt_worker_do (agent->libvirt_worker, VG_LIBVIRT_WORKER_RECOVER, NULL);
  return G_SOURCE_REMOVE;
}

static void
retry_recover (Agent *agent, gboolean ok)
{
  if (!ok && agent->again_source == 0)
    agent->again_source =
        g_timeout_add_seconds (RECOVER_AGAIN_S, on_recover_again, agent);
}

static void
on_worker_done (VgLibvirtWorkerTask task, gboolean ok, gboolean taken,
                gpointer data)
{
  Agent *agent = data;

  if (task == VG_LIBVIRT_WORKER_CONNECT)
    retry_connect (agent, ok);
  if (task == VG_LIBVIRT_WORKER_RECOVER)
    retry_recover (agent, ok);
  if (task == VG_LIBVIRT_WORKER_RECOVER && !agent->ready) {
    agent->ready = TRUE;
    taken = TRUE;
  }
  if (taken)
    read_spool (agent);
}

/* Events */

static void
on_metadata (const char *uuid, const char *uri, gpointer data)
{
  Agent *agent = data;

  if (g_str_equal (uri, VG_REQUEST_URI))
    vg_libvirt_worker_do (agent->libvirt_worker, VG_LIBVIRT_WORKER_REQUEST,
                          uuid);
  else if (g_str_has_prefix (uri, VG_ANY_URI)
           && !g_str_equal (uri, VG_STATUS_URI))
    vg_libvirt_worker_do (agent->libvirt_worker, VG_LIBVIRT_WORKER_POLICY,
                          uuid);
}

static void
on_snapshots_changed (const char *name, gpointer data)
{
  vg_libvirt_worker_do (((Agent *) data)->libvirt_worker,
                        VG_LIBVIRT_WORKER_NOTICE, name);
}

static void
on_lost (gpointer data)
{
  Agent *agent = data;

  g_warning ("the connection to libvirt was lost; reconnecting");
  vg_libvirt_worker_do (agent->libvirt_worker, VG_LIBVIRT_WORKER_CONNECT, NULL);
}

static void
on_spool_changed (GFileMonitor *monitor G_GNUC_UNUSED,
                  GFile *file G_GNUC_UNUSED, GFile *other G_GNUC_UNUSED,
                  GFileMonitorEvent event, gpointer data)
{
  if (event != G_FILE_MONITOR_EVENT_DELETED
      && event != G_FILE_MONITOR_EVENT_MOVED_OUT)
    read_spool (data);
}

static gboolean
on_reconcile (gpointer data)
{
  Agent *agent = data;

  vg_libvirt_worker_do (agent->libvirt_worker, VG_LIBVIRT_WORKER_CONNECT, NULL);
  vg_libvirt_worker_do (agent->libvirt_worker, VG_LIBVIRT_WORKER_LOOK, NULL);
  read_spool (agent);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_recover (gpointer data)
{
  vg_libvirt_worker_do (((Agent *) data)->libvirt_worker,
                        VG_LIBVIRT_WORKER_RECOVER, NULL);
  return G_SOURCE_CONTINUE;
}

/* Shutdown */

/* The agent ends, even if libvirt doesn't answer. */
static void
set_deadline (const Agent *agent)
{
  vg_deadline_set (agent->config->rollback_timeout,
                   "virt-glance: the rollback isn't finished; the agent undoes "
                   "the rest at its next start\n",
                   EXIT_FAILURE);
}

static gboolean
on_drained (gpointer data)
{
  Agent *agent = data;

  agent->drain_source = 0;
  set_deadline (agent);
  g_cancellable_cancel (agent->work.cancellable);
  return G_SOURCE_REMOVE;
}

static gboolean
on_signal (gpointer data)
{
  const VgLogFields about = { 0 };
  Agent *agent = data;
  guint n = vg_queue_count_running (agent->queue);

  sd_notify (0, "STOPPING=1");
  if (n == 0)
    g_main_loop_quit (agent->loop);
  if (agent->stopping) {
    set_deadline (agent);
    g_cancellable_cancel (agent->work.cancellable);
    return G_SOURCE_CONTINUE;
  }
  vg_agent_log (&about, G_LOG_LEVEL_MESSAGE,
                "stopping; %u running orders may take up to %u s to finish", n,
                agent->config->drain_timeout);
  agent->drain_source =
      g_timeout_add_seconds (agent->config->drain_timeout, on_drained, agent);
  agent->stopping = TRUE;
  return G_SOURCE_CONTINUE;
}

static VgLock *
take_lock (const VgConfig *config, GError **error)
{
  g_autoptr (GError) why = NULL;
  VgLock *held = vg_lock_take (config->state_path, "agent", "agent", &why);

  if (g_error_matches (why, VG_LOCK_ERROR, VG_LOCK_ERROR_HELD))
    g_set_error (error, VG_AGENT_ERROR, VG_AGENT_ERROR_TWICE,
                 "another agent is already running with the directory %s",
                 config->state_path);
  else if (why != NULL)
    g_propagate_error (error, g_steal_pointer (&why));
  return held;
}

static GFileMonitor *
watch_spool (Agent *agent, GError **error)
{
  g_autofree char *path = vg_spool_get_folder (agent->config->state_path);
  g_autoptr (GFile) directory = g_file_new_for_path (path);
  GFileMonitor *monitor = g_file_monitor_directory (
      directory, G_FILE_MONITOR_WATCH_MOVES, NULL, error);

  if (monitor == NULL)
    return NULL;
  g_file_monitor_set_rate_limit (monitor, 100);
  g_signal_connect (monitor, "changed", G_CALLBACK (on_spool_changed), agent);
  return monitor;
}

static void
run_loop (Agent *agent)
{
  guint sources[] = { g_unix_signal_add (SIGTERM, on_signal, agent),
                      g_unix_signal_add (SIGINT, on_signal, agent),
                      g_timeout_add_seconds (RECONCILE_S, on_reconcile, agent),
                      g_timeout_add_seconds (RECOVER_S, on_recover, agent) };

  vg_libvirt_worker_do (agent->libvirt_worker, VG_LIBVIRT_WORKER_RECOVER, NULL);
  vg_libvirt_worker_do (agent->libvirt_worker, VG_LIBVIRT_WORKER_CONNECT, NULL);
  sd_notify (0, "READY=1");
  g_main_loop_run (agent->loop);
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
  clear_source (&agent->wake_source);
  clear_source (&agent->retry_source);
  clear_source (&agent->drain_source);
  clear_source (&agent->again_source);
}

/* Orders of a spool that can't be read would never be carried out. */
static gboolean
prepare_spool (const VgConfig *config, GError **error)
{
  g_autoptr (GPtrArray) orders = NULL;

  if (vg_spool_prepare (config->state_path, error))
    orders = vg_spool_look (config->state_path, error);
  return orders != NULL;
}

gboolean
vg_agent_run (const VgConfig *config, const char *uri, GError **error)
{
  static const VgWatchEvents events = { on_metadata, on_lost };
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (VgQueue) queue = vg_queue_new (config->workers);
  g_autoptr (VgHost) host = vg_host_new (uri);
  g_autoptr (VgLock) held = take_lock (config, error);
  g_autoptr (VgGlancePool) glances = vg_glance_pool_new (config);
  Agent agent = { .config = config,
                  .loop = loop,
                  .queue = queue,
                  .work = { config, uri, host, cancellable, glances },
                  .pause_s = FIRST_PAUSE_S };
  g_autoptr (VgWatch) watch = vg_watch_new (host, &events, &agent);
  g_autoptr (GFileMonitor) monitor = NULL;
  g_autoptr (VgSnapshotDirectories) directories = NULL;
  g_autoptr (VgDrainWatch) drain = NULL;

  if (held == NULL || !prepare_spool (config, error))
    return FALSE;
  monitor = watch_spool (&agent, error);
  if (monitor == NULL)
    return FALSE;
  /* Writing to a closed pipe or socket must fail with EPIPE. */
  signal (SIGPIPE, SIG_IGN);
  agent.drain = drain = vg_drain_watch_new (config, on_drain_changed, &agent);
  agent.libvirt_worker = vg_libvirt_worker_new (config, host, watch,
                                                on_worker_done, &agent, error);
  if (agent.libvirt_worker == NULL) {
    g_file_monitor_cancel (monitor);
    return FALSE;
  }
  directories = vg_snapshot_directories_watch (
      config->libvirt_snapshot_directory, on_snapshots_changed, &agent);
  run_loop (&agent);
  set_deadline (&agent);
  vg_libvirt_worker_free (agent.libvirt_worker);
  g_file_monitor_cancel (monitor);
  return TRUE;
}

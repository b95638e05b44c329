/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thread is joined, which the threads of a GThreadPool are not: one that
 * still frees its data for OpenSSL when the process exits makes OpenSSL free
 * the data twice (https://github.com/openssl/openssl/issues/6214). */
#include "agent/libvirt-worker.h"

#include "agent/log.h"
#include "agent/new-snapshots.h"
#include "agent/metadata-requests.h"
#include "job/metrics.h"
#include "job/recover.h"

/* Has a reference by its creator and by each task: the main loop may report a
 * task's end after vg_libvirt_worker_free(). */
struct _VgLibvirtWorker {
  const VgConfig *config;
  VgHost *host;
  VgWatch *watch;
  VgLibvirtWorkerDone done;
  gpointer data;
  GThread *thread;
  GAsyncQueue *tasks;
  gint stopping;   /* atomic */
  char *complaint; /* last error, to log equal errors once */
};

typedef struct {
  VgLibvirtWorker *worker;
  VgLibvirtWorkerTask task;
  char *uuid;
  gboolean ok;
  gboolean taken;
} Task;

static void
clear_worker (gpointer data)
{
  VgLibvirtWorker *worker = data;

  g_async_queue_unref (worker->tasks);
  g_free (worker->complaint);
}

static void
free_task (gpointer data)
{
  Task *task = data;

  g_atomic_rc_box_release_full (task->worker, clear_worker);
  g_free (task->uuid);
  g_free (task);
}

static void
on_warning (const char *text, gpointer data G_GNUC_UNUSED)
{
  g_warning ("%s", text);
}

static gboolean
recover_jobs (VgLibvirtWorker *worker, GError **error)
{
  const VgReport report = { .warning = on_warning };
  const VgRecovery all = { .background = TRUE };
  const VgLogFields about = { 0 };
  guint n_jobs = 0;
  gboolean ok = vg_recover (worker->config, &all, &report, &n_jobs, error);

  if (n_jobs > 0)
    vg_agent_log (&about, G_LOG_LEVEL_MESSAGE, "recovered jobs: %u", n_jobs);
  return ok;
}

/* Scans requests and snapshots. An error of the first scan doesn't prevent the
 * second. */
static gboolean
scan_domains (VgLibvirtWorker *worker, gboolean *taken, GError **error)
{
  gboolean ok =
      vg_metadata_requests_all (worker->config, worker->host, taken, error);

  return vg_new_snapshots_all (worker->config, worker->host, taken,
                               ok ? error : NULL)
         && ok;
}

static gboolean
connect_and_scan (VgLibvirtWorker *worker, gboolean *taken, GError **error)
{
  const VgLogFields about = { 0 };
  gboolean renewed;

  if (!vg_watch_ensure (worker->watch, &renewed, error))
    return FALSE;
  if (!renewed)
    return TRUE;
  vg_agent_log (&about, G_LOG_LEVEL_MESSAGE, "connected to libvirt at %s",
                vg_host_get_uri (worker->host));
  vg_metadata_requests_review (worker->config, worker->host);
  return scan_domains (worker, taken, error);
}

static gboolean
execute_task (VgLibvirtWorker *worker, Task *task, GError **error)
{
  switch (task->task) {
  case VG_LIBVIRT_WORKER_RECOVER:
    return recover_jobs (worker, error);
  case VG_LIBVIRT_WORKER_CONNECT:
    return connect_and_scan (worker, &task->taken, error);
  case VG_LIBVIRT_WORKER_LOOK:
    return scan_domains (worker, &task->taken, error);
  case VG_LIBVIRT_WORKER_REQUEST:
    return vg_metadata_requests_request (worker->config, worker->host,
                                         task->uuid, &task->taken, error);
  case VG_LIBVIRT_WORKER_POLICY:
    return vg_metadata_requests_policy (worker->config, worker->host,
                                        task->uuid, error);
  case VG_LIBVIRT_WORKER_NOTICE:
    return vg_new_snapshots_domain (worker->config, worker->host, task->uuid,
                                    &task->taken, error);
  }
  g_assert_not_reached ();
}

static void
log_error_once (VgLibvirtWorker *worker, const GError *error)
{
  if (error != NULL && g_strcmp0 (worker->complaint, error->message) != 0)
    g_warning ("%s", error->message);
  g_free (worker->complaint);
  worker->complaint = error != NULL ? g_strdup (error->message) : NULL;
}

static gboolean
on_done (gpointer data)
{
  Task *task = data;

  if (!g_atomic_int_get (&task->worker->stopping))
    task->worker->done (task->task, task->ok, task->taken, task->worker->data);
  return G_SOURCE_REMOVE;
}

static void
run_task (VgLibvirtWorker *worker, Task *task)
{
  g_autoptr (GError) error = NULL;

  if (g_atomic_int_get (&worker->stopping)) {
    free_task (task);
    return;
  }
  task->ok = execute_task (worker, task, &error);
  log_error_once (worker, error);
  if (task->task == VG_LIBVIRT_WORKER_RECOVER
      || task->task == VG_LIBVIRT_WORKER_LOOK)
    vg_metrics_update (worker->config);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_done, task, free_task);
}

static gpointer
run_tasks (gpointer data)
{
  VgLibvirtWorker *worker = data;

  while (!g_atomic_int_get (&worker->stopping))
    run_task (worker, g_async_queue_pop (worker->tasks));
  return NULL;
}

VgLibvirtWorker *
vg_libvirt_worker_new (const VgConfig *config, VgHost *host, VgWatch *watch,
                       VgLibvirtWorkerDone done, gpointer data, GError **error)
{
  VgLibvirtWorker *worker = g_atomic_rc_box_new0 (VgLibvirtWorker);

  worker->config = config;
  worker->host = host;
  worker->watch = watch;
  worker->done = done;
  worker->data = data;
  worker->tasks = g_async_queue_new ();
  worker->thread = g_thread_try_new ("libvirt", run_tasks, worker, error);
  if (worker->thread != NULL)
    return worker;
  g_prefix_error (error, "the agent can't begin: ");
  g_atomic_rc_box_release_full (worker, clear_worker);
  return NULL;
}

void
vg_libvirt_worker_do (VgLibvirtWorker *worker, VgLibvirtWorkerTask number,
                      const char *uuid)
{
  Task *task = g_new0 (Task, 1);

  task->worker = g_atomic_rc_box_acquire (worker);
  task->task = number;
  task->uuid = g_strdup (uuid);
  g_async_queue_push (worker->tasks, task);
}

void
vg_libvirt_worker_free (VgLibvirtWorker *worker)
{
  Task *task;

  if (worker == NULL)
    return;
  g_atomic_int_set (&worker->stopping, 1);
  /* A task that is not executed wakes the thread. */
  vg_libvirt_worker_do (worker, VG_LIBVIRT_WORKER_LOOK, NULL);
  g_thread_join (worker->thread);
  while ((task = g_async_queue_try_pop (worker->tasks)) != NULL)
    free_task (task);
  g_atomic_rc_box_release_full (worker, clear_worker);
}

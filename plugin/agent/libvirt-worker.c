/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clerk's thread is a pool of one. */
#include "agent/libvirt-worker.h"

#include "agent/log.h"
#include "agent/new-snapshots.h"
#include "agent/metadata-requests.h"
#include "job/recover.h"

/* Held by who made it, and by each task: the main loop may come to a task's end
 * when the worker is gone. */
struct _VgClerk {
  const VgConfig *config;
  VgHost *host;
  VgWatch *watch;
  VgLibvirtWorkerDone done;
  gpointer data;
  GThreadPool *pool;
  gint stopping;   /* atomic */
  char *complaint; /* of the last failure: the same one is told once */
};

typedef struct {
  VgLibvirtWorker *clerk;
  VgLibvirtWorkerTask task;
  char *uuid;
  gboolean ok;
  gboolean taken;
} Task;

static void
clear_clerk (gpointer data)
{
  g_free (((VgLibvirtWorker *) data)->complaint);
}

static void
free_task (gpointer data)
{
  Task *task = data;

  g_atomic_rc_box_release_full (task->clerk, clear_clerk);
  g_free (task->uuid);
  g_free (task);
}

static void
on_warning (const char *text, gpointer data G_GNUC_UNUSED)
{
  g_warning ("%s", text);
}

static gboolean
recover (VgLibvirtWorker *clerk, GError **error)
{
  const VgReport report = { .warning = on_warning };
  const VgRecovery all = { .background = TRUE };
  const VgLogFields about = { 0 };
  guint n_jobs = 0;
  gboolean ok = vg_recover (clerk->config, &all, &report, &n_jobs, error);

  if (n_jobs > 0)
    vg_agent_log (&about, G_LOG_LEVEL_MESSAGE, "recovered jobs: %u", n_jobs);
  return ok;
}

/* At the one and at the other, whatever becomes of the first. */
static gboolean
look (VgLibvirtWorker *clerk, gboolean *taken, GError **error)
{
  gboolean ok =
      vg_metadata_requests_all (clerk->config, clerk->host, taken, error);

  return vg_new_snapshots_all (clerk->config, clerk->host, taken,
                               ok ? error : NULL)
         && ok;
}

static gboolean
connect_and_look (VgLibvirtWorker *clerk, gboolean *taken, GError **error)
{
  const VgLogFields about = { 0 };
  gboolean renewed;

  if (!vg_watch_ensure (clerk->watch, &renewed, error))
    return FALSE;
  if (!renewed)
    return TRUE;
  vg_agent_log (&about, G_LOG_LEVEL_MESSAGE, "connected to libvirt at %s",
                vg_host_get_uri (clerk->host));
  return look (clerk, taken, error);
}

static gboolean
carry_out (VgLibvirtWorker *clerk, Task *task, GError **error)
{
  switch (task->task) {
  case VG_LIBVIRT_WORKER_RECOVER:
    return recover (clerk, error);
  case VG_LIBVIRT_WORKER_CONNECT:
    return connect_and_look (clerk, &task->taken, error);
  case VG_LIBVIRT_WORKER_LOOK:
    return look (clerk, &task->taken, error);
  case VG_LIBVIRT_WORKER_REQUEST:
    return vg_metadata_requests_request (clerk->config, clerk->host, task->uuid,
                                         &task->taken, error);
  case VG_LIBVIRT_WORKER_POLICY:
    return vg_metadata_requests_policy (clerk->config, clerk->host, task->uuid,
                                        error);
  case VG_LIBVIRT_WORKER_NOTICE:
    return vg_new_snapshots_domain (clerk->config, clerk->host, task->uuid,
                                    &task->taken, error);
  }
  g_assert_not_reached ();
}

static void
complain (VgLibvirtWorker *clerk, const GError *error)
{
  if (error != NULL && g_strcmp0 (clerk->complaint, error->message) != 0)
    g_warning ("%s", error->message);
  g_free (clerk->complaint);
  clerk->complaint = error != NULL ? g_strdup (error->message) : NULL;
}

static gboolean
on_done (gpointer data)
{
  Task *task = data;

  if (!g_atomic_int_get (&task->clerk->stopping))
    task->clerk->done (task->task, task->ok, task->taken, task->clerk->data);
  return G_SOURCE_REMOVE;
}

static void
work (gpointer data, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  VgLibvirtWorker *clerk = user_data;
  Task *task = data;

  if (g_atomic_int_get (&clerk->stopping)) {
    free_task (task);
    return;
  }
  task->ok = carry_out (clerk, task, &error);
  complain (clerk, error);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_done, task, free_task);
}

VgLibvirtWorker *
vg_libvirt_worker_new (const VgConfig *config, VgHost *host, VgWatch *watch,
                       VgLibvirtWorkerDone done, gpointer data)
{
  VgLibvirtWorker *clerk = g_atomic_rc_box_new0 (VgLibvirtWorker);

  clerk->config = config;
  clerk->host = host;
  clerk->watch = watch;
  clerk->done = done;
  clerk->data = data;
  clerk->pool = g_thread_pool_new (work, clerk, 1, TRUE, NULL);
  return clerk;
}

void
vg_libvirt_worker_do (VgLibvirtWorker *clerk, VgLibvirtWorkerTask number,
                      const char *uuid)
{
  Task *task = g_new0 (Task, 1);

  task->clerk = g_atomic_rc_box_acquire (clerk);
  task->task = number;
  task->uuid = g_strdup (uuid);
  g_thread_pool_push (clerk->pool, task, NULL);
}

void
vg_libvirt_worker_free (VgLibvirtWorker *clerk)
{
  if (clerk == NULL)
    return;
  g_atomic_int_set (&clerk->stopping, 1);
  g_thread_pool_free (clerk->pool, FALSE, TRUE);
  g_atomic_rc_box_release_full (clerk, clear_clerk);
}

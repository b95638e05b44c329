/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a command in a thread, and the main loop with libvirt's events and
 * signals. */
#include "cmd/work.h"

#include <glib-unix.h>
#include <signal.h>

#include "cmd/log.h"
#include "cmd/status.h"
#include "util/deadline.h"

#define QUERY_LIMIT_S 2

typedef struct {
  VgWork work;
  gpointer data;
  guint limit;       /* s from the signal to the end of work; 0: none */
  const gint *phase; /* VgWorkPhase; atomic */
  GCancellable *cancellable;
  GMainLoop *loop;
  int status;
  int signal; /* the signal that cancelled it, or 0 */
} Worker;

static gboolean
quit_main_loop (gpointer data)
{
  Worker *worker = data;

  g_main_loop_quit (worker->loop);
  return G_SOURCE_REMOVE;
}

static gpointer
run_worker (gpointer data)
{
  Worker *worker = data;

  worker->status = worker->work (worker->cancellable, worker->data);
  g_idle_add (quit_main_loop, worker);
  return NULL;
}

static VgWorkPhase
get_phase (const Worker *worker)
{
  return (VgWorkPhase) g_atomic_int_get (worker->phase);
}

static void
set_deadline (const Worker *worker)
{
  g_autofree char *text = NULL;

  switch (get_phase (worker)) {
  case VG_WORK_ASKS:
    vg_deadline_set (QUERY_LIMIT_S, "", 128 + worker->signal);
    return;
  case VG_WORK_UNDOES:
    text = g_strdup_printf (
        "virt-glance: the rollback isn't finished after %u s "
        "(rollback_timeout); run 'virt-glance recover' to undo the rest\n",
        worker->limit);
    break;
  case VG_WORK_FINISHES:
    text = g_strdup_printf (
        "virt-glance: the images are made, but what follows isn't finished "
        "after %u s (rollback_timeout)\n",
        worker->limit);
    break;
  }
  vg_deadline_set (worker->limit, text, VG_EXIT_LEFTOVER);
}

static const char *
describe_signal (const Worker *worker)
{
  if (get_phase (worker) != VG_WORK_UNDOES)
    return "interrupted";
  return worker->signal != 0 ? "still undoing" : "interrupted; undoing";
}

static gboolean
cancel_work (Worker *worker, int number)
{
  const char *text = describe_signal (worker);

  worker->signal = number;
  vg_log_note (text);
  g_cancellable_cancel (worker->cancellable);
  /* Not before: now work has either begun, or won't. */
  set_deadline (worker);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_sigint (gpointer data)
{
  return cancel_work (data, SIGINT);
}

static gboolean
on_sigterm (gpointer data)
{
  return cancel_work (data, SIGTERM);
}

static int
run_to_end (Worker *worker)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  guint sources[] = { g_unix_signal_add (SIGINT, on_sigint, worker),
                      g_unix_signal_add (SIGTERM, on_sigterm, worker),
                      g_unix_signal_add (SIGHUP, on_sigterm, worker) };
  g_autoptr (GError) error = NULL;
  GThread *thread;

  worker->cancellable = cancellable;
  worker->loop = loop;
  /* Writing to a closed pipe or socket must fail with EPIPE. */
  signal (SIGPIPE, SIG_IGN);
  thread = g_thread_try_new ("work", run_worker, worker, &error);
  if (thread != NULL) {
    g_main_loop_run (loop);
    g_thread_join (thread);
  } else {
    worker->status = vg_exit_with_error (error);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
  vg_deadline_clear ();
  if (worker->signal != 0
      && (worker->status == VG_EXIT_FAILURE
          || worker->status == VG_EXIT_CANCELLED))
    return 128 + worker->signal;
  return (int) vg_exit_flush ((VgExit) worker->status, NULL);
}

int
vg_command_run_work (VgWork work, gpointer data, guint limit, const gint *phase)
{
  const gint from_the_start = VG_WORK_UNDOES;
  Worker worker = { .work = work,
                    .data = data,
                    .limit = limit,
                    .phase = phase != NULL ? phase : &from_the_start };

  return run_to_end (&worker);
}

int
vg_command_run_query (VgWork work, gpointer data)
{
  const gint never = VG_WORK_ASKS;
  Worker worker = { .work = work, .data = data, .phase = &never };

  return run_to_end (&worker);
}

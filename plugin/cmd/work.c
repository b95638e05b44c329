/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a command in a thread, and the main loop with libvirt's events and
 * signals. */
#include "cmd/work.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/status.h"

typedef struct {
  VgWork work;
  gpointer data;
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

static gboolean
cancel_work (Worker *worker, int number)
{
  gboolean again = worker->signal != 0;

  worker->signal = number;
  g_cancellable_cancel (worker->cancellable);
  /* On a terminal the current line has a ^C or a bar. */
  fprintf (stderr, "%svirt-glance: %s\n", isatty (STDERR_FILENO) ? "\n" : "",
           again ? "still undoing" : "interrupted; undoing");
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

int
vg_command_run_work (VgWork work, gpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Worker worker = {
    .work = work, .data = data, .cancellable = cancellable, .loop = loop
  };
  guint sources[] = { g_unix_signal_add (SIGINT, on_sigint, &worker),
                      g_unix_signal_add (SIGTERM, on_sigterm, &worker),
                      g_unix_signal_add (SIGHUP, on_sigterm, &worker) };
  g_autoptr (GError) error = NULL;
  GThread *thread;

  /* Writing to a closed pipe or socket must fail with EPIPE. */
  signal (SIGPIPE, SIG_IGN);
  thread = g_thread_try_new ("work", run_worker, &worker, &error);
  if (thread != NULL) {
    g_main_loop_run (loop);
    g_thread_join (thread);
  } else {
    worker.status = vg_exit_with_error (error);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
  if (worker.signal != 0 && worker.status == VG_EXIT_FAILURE)
    return 128 + worker.signal;
  return (int) vg_exit_flush ((VgExit) worker.status, NULL);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts qemu-nbd, waits for it, and ends it. */
#include "disk/server.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "disk/chain.h"
#include "disk/disk.h"
#include "disk/unlock.h"
#include "util/child.h"

/* Time limit for qemu-nbd to open the chain. */
#define START_TIMEOUT_US (30 * G_USEC_PER_SEC)
#define START_PAUSE_US 2000
/* … and to exit if it can't. */
#define END_TIMEOUT_US (2 * G_USEC_PER_SEC)

struct _VgServer {
  char *socket;
  GSubprocess *process;
  VgNbd *nbd; /* stays open: the process ends with its last connection */
};

/* Runs in the child, so that it dies with the calling thread. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != GPOINTER_TO_INT (data))
    raise (SIGKILL);
}

/* As an option's value: for QEMU a comma ends the value, and two are a literal
 * one. */
static char *
format_snapshot (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, ",", -1);
  g_autofree char *escaped = g_strjoinv (",,", parts);

  return g_strconcat ("--load-snapshot=snapshot.name=", escaped, NULL);
}

static GSubprocess *
spawn_server (VgJson *chain, const char *snapshot, GPtrArray *keys,
              const char *socket, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher =
      vg_child_launcher (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL, *line = NULL;
  GSubprocess *process;

  vg_json_set_bool (chain, "force-share", TRUE);
  text = vg_json_to_text (chain, FALSE);
  g_ptr_array_add (argv, g_strdup ("qemu-nbd"));
  if (keys != NULL && !vg_unlock_pass (keys, launcher, argv, error))
    return NULL;
  g_ptr_array_add (argv, g_strdup ("--read-only"));
  g_ptr_array_add (argv, g_strdup ("--shared=8"));
  if (snapshot != NULL)
    g_ptr_array_add (argv, format_snapshot (snapshot));
  g_ptr_array_add (argv, g_strdup ("--socket"));
  g_ptr_array_add (argv, g_strdup (socket));
  g_ptr_array_add (argv, g_strconcat ("json:", text, NULL));
  g_ptr_array_add (argv, NULL);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent,
                                         GINT_TO_POINTER (getpid ()), NULL);
  line = g_strjoinv (" ", (char **) argv->pdata);
  g_debug ("%s", line);
  process = g_subprocess_launcher_spawnv (
      launcher, (const char *const *) argv->pdata, error);
  if (process == NULL)
    g_prefix_error (error, "qemu-nbd (Debian: qemu-utils) is needed to read "
                           "shut-off disks: ");
  return process;
}

static gboolean
throw_ended (GSubprocess *process, GError **error)
{
  g_autofree char *messages = NULL;

  if (!vg_child_communicate (process, NULL, NULL, &messages, NULL))
    g_debug ("qemu-nbd's messages can't be read");
  g_set_error (
      error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN, "it can't be opened: %s",
      messages && *messages ? vg_chain_reason (messages) : "qemu-nbd ended");
  return FALSE;
}

/* GLib reaps the process as soon as it ends, and clears its id. */
static gboolean
has_ended (GSubprocess *process)
{
  return g_subprocess_get_identifier (process) == NULL;
}

/* The socket exists shortly before qemu-nbd listens on it. */
static gboolean
was_too_early (void)
{
  return nbd_get_errno () == ENOENT || nbd_get_errno () == ECONNREFUSED;
}

/* qemu-nbd listens before it opens the disk. If opening fails, the connection
 * is closed; the error message is available only once the process has ended. */
static gboolean
await_connection (VgServer *server, GCancellable *cancellable, GError **error)
{
  gint64 now = g_get_monotonic_time ();
  gint64 deadline = now + START_TIMEOUT_US;

  for (;;) {
    g_autoptr (GError) why = NULL;

    server->nbd = vg_nbd_connect (server->socket, "", cancellable, &why);
    if (server->nbd != NULL)
      return TRUE;
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    if (has_ended (server->process))
      return throw_ended (server->process, error);
    now = g_get_monotonic_time ();
    if (!was_too_early ())
      deadline = MIN (deadline, now + END_TIMEOUT_US);
    if (now > deadline) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
    g_usleep (START_PAUSE_US);
  }
}

VgServer *
vg_server_start (VgJson *chain, const char *snapshot, GPtrArray *keys,
                 const char *socket, GCancellable *cancellable, GError **error)
{
  g_autoptr (VgServer) server = g_new0 (VgServer, 1);

  server->socket = g_strdup (socket);
  server->process = spawn_server (chain, snapshot, keys, socket, error);
  if (server->process == NULL || !await_connection (server, cancellable, error))
    return NULL;
  return g_steal_pointer (&server);
}

void
vg_server_free (VgServer *server)
{
  if (server == NULL)
    return;
  g_clear_pointer (&server->nbd, nbd_close);
  if (server->process != NULL) {
    /* Not SIGTERM, which is lost while it starts; killing it is safe, because
     * it only reads. */
    g_subprocess_force_exit (server->process);
    g_subprocess_wait (server->process, NULL, NULL);
    g_object_unref (server->process);
  }
  unlink (server->socket);
  g_free (server->socket);
  g_free (server);
}

VgNbd *
vg_server_get_nbd (VgServer *server)
{
  return server->nbd;
}

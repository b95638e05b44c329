/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts qemu-nbd, waits for it, and ends it. It can't reach our directory, so
 * we listen for it, and it inherits the socket. */
#include "disk/server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "disk/chain.h"
#include "disk/confined.h"
#include "disk/disk.h"
#include "disk/layers.h"
#include "disk/unlock.h"
#include "util/child.h"

/* Time limit for qemu-nbd to exit if it can't open the chain. */
#define END_TIMEOUT_US (2 * G_USEC_PER_SEC)
#define END_PAUSE_US 2000

struct _VgServer {
  char *socket;
  GSubprocess *process;
  VgNbd *nbd; /* stays open: the process ends with its last connection */
};

/* The socket's path, which may be too long for one. */
static gboolean
set_address (struct sockaddr_un *address, const char *path)
{
  address->sun_family = AF_UNIX;
  if (g_strlcpy (address->sun_path, path, sizeof address->sun_path)
      < sizeof address->sun_path)
    return TRUE;
  errno = ENAMETOOLONG;
  return FALSE;
}

static int
start_listening (const char *path, GError **error)
{
  struct sockaddr_un address = { 0 };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd >= 0 && set_address (&address, path)
      && bind (fd, (struct sockaddr *) &address, sizeof address) == 0
      && listen (fd, SOMAXCONN) == 0)
    return fd;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
               "it can't be opened: the socket %s can't be made: %s", path,
               g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
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

/* The description tells people whose process it is. */
static void
add_arguments (GPtrArray *argv, VgJson *chain, const char *snapshot,
               const char *socket)
{
  g_autofree char *text = NULL;

  vg_json_set_bool (chain, "force-share", TRUE);
  text = vg_json_to_text (chain, FALSE);
  g_ptr_array_add (argv, g_strdup ("--read-only"));
  g_ptr_array_add (argv, g_strdup ("--shared=8"));
  if (snapshot != NULL)
    g_ptr_array_add (argv, format_snapshot (snapshot));
  g_ptr_array_add (argv, g_strconcat ("--description=", socket, NULL));
  g_ptr_array_add (argv, g_strconcat ("json:", text, NULL));
  g_ptr_array_add (argv, NULL);
}

/* Takes the listening socket. */
static GSubprocess *
spawn_server (const VgConfine *confine, VgJson *chain, const char *snapshot,
              GPtrArray *keys, const char *socket, int listener, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = vg_child_launcher (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE
      | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) files = vg_chain_list_files (chain);
  VgConfinedProgram program = { .launcher = launcher,
                                .argv = argv,
                                .files = files,
                                .listens = TRUE,
                                .n_keys = keys != NULL ? keys->len : 0 };
  GSubprocess *process;

  g_subprocess_launcher_take_fd (launcher, listener, VG_CONFINED_LISTENER);
  g_ptr_array_add (argv, g_strdup ("qemu-nbd"));
  if (keys != NULL
      && !vg_unlock_pass (keys, launcher, VG_CONFINED_KEYS,
                          vg_confined_get_key_folder (confine), argv, error))
    return NULL;
  add_arguments (argv, chain, snapshot, socket);
  process = vg_confined_spawn (confine, &program, error);
  if (process == NULL && error != NULL && (*error)->domain == G_SPAWN_ERROR)
    g_prefix_error (error, "qemu-nbd (Debian: qemu-utils) is needed to read "
                           "shut-off disks: ");
  return process;
}

static gboolean
throw_ended (GSubprocess *process, GError **error)
{
  g_autofree char *messages = NULL;

  if (!vg_child_communicate_within (process, END_TIMEOUT_US / 1000, NULL, NULL,
                                    &messages, NULL))
    g_debug ("qemu-nbd's messages can't be read");
  if (messages != NULL && vg_confined_explain ("qemu-nbd", messages, error))
    return FALSE;
  g_set_error (
      error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN, "it can't be opened: %s",
      messages && *messages ? vg_chain_reason (messages) : "qemu-nbd ended");
  return FALSE;
}

/* GLib reaps the process as soon as it ends, and clears its id. */
static gboolean
has_ended (GSubprocess *process)
{
  gint64 deadline = g_get_monotonic_time () + END_TIMEOUT_US;

  while (g_subprocess_get_identifier (process) != NULL) {
    if (g_get_monotonic_time () > deadline)
      return FALSE;
    g_usleep (END_PAUSE_US);
  }
  return TRUE;
}

/* qemu-nbd accepts connections once it has opened the disk. If that fails, the
 * connection is closed; the error message is available only once the process
 * has ended. */
static gboolean
await_connection (VgServer *server, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) why = NULL;

  server->nbd = vg_nbd_connect (server->socket, "", cancellable, &why);
  if (server->nbd != NULL)
    return TRUE;
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (has_ended (server->process))
    return throw_ended (server->process, error);
  g_set_error_literal (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN, why->message);
  return FALSE;
}

VgServer *
vg_server_start (const VgConfine *confine, VgJson *chain, const char *snapshot,
                 GPtrArray *keys, const char *socket, GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (VgServer) server = NULL;
  int listener = start_listening (socket, error);

  if (listener < 0)
    return NULL;
  server = g_new0 (VgServer, 1);
  server->socket = g_strdup (socket);
  server->process =
      spawn_server (confine, chain, snapshot, keys, socket, listener, error);
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
  if (server->process != NULL)
    vg_confined_end (server->process);
  unlink (server->socket);
  g_free (server->socket);
  g_free (server);
}

VgNbd *
vg_server_get_nbd (VgServer *server)
{
  return server->nbd;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread for the daemon, and one that reads the socket of sd_notify(3): it is
 * blocked otherwise once some ten messages wait. */
#include "lib/agent-daemon.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/agent.h"
#include "lib/await.h"
#include "lib/workdir.h"
#include "util/deadline.h"

static gpointer
listen_to (gpointer data)
{
  Daemon *daemon = data;
  char text[1024];
  gssize n;

  while ((n = recv (daemon->socket, text, sizeof text, 0)) > 0) {
    g_mutex_lock (&daemon->lock);
    g_string_append_len (daemon->notice, text, n);
    g_string_append_c (daemon->notice, '\n');
    g_mutex_unlock (&daemon->lock);
  }
  return NULL;
}

void
daemon_init (Daemon *daemon, const Site *site)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *path = workdir_path (site->dir, "notify");

  memset (daemon, 0, sizeof *daemon);
  daemon->site = site;
  daemon->notice = g_string_new ("\n");
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  daemon->socket = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (
      bind (daemon->socket, (struct sockaddr *) &address, sizeof address), ==,
      0);
  g_setenv ("NOTIFY_SOCKET", path, TRUE);
  daemon->listener = g_thread_new ("listener", listen_to, daemon);
}

void
daemon_clear (Daemon *daemon)
{
  g_assert_null (daemon->thread);
  shutdown (daemon->socket, SHUT_RDWR);
  g_thread_join (daemon->listener);
  close (daemon->socket);
  g_unsetenv ("NOTIFY_SOCKET");
  g_string_free (daemon->notice, TRUE);
  g_mutex_clear (&daemon->lock);
}

static gboolean
was_told (Daemon *daemon, const char *line)
{
  g_autofree char *whole = g_strdup_printf ("\n%s\n", line);
  gboolean told;

  g_mutex_lock (&daemon->lock);
  told = strstr (daemon->notice->str, whole) != NULL;
  g_mutex_unlock (&daemon->lock);
  return told;
}

void
daemon_await_notice (Daemon *daemon, const char *line)
{
  Await await = await_new (line);

  while (!was_told (daemon, line))
    await_pause (&await, daemon->notice->str);
}

static void
forget_notices (Daemon *daemon)
{
  g_mutex_lock (&daemon->lock);
  g_string_assign (daemon->notice, "\n");
  g_mutex_unlock (&daemon->lock);
}

static gpointer
run (gpointer data)
{
  Daemon *daemon = data;
  g_autoptr (GError) error = NULL;
  gboolean ok = vg_agent_run (daemon->site->config, SITE_URI, &error);

  vg_deadline_clear ();
  g_assert_no_error (error);
  g_assert_true (ok);
  g_atomic_int_set (&daemon->ended, 1);
  return NULL;
}

void
daemon_start (Daemon *daemon)
{
  g_assert_null (daemon->thread);
  forget_notices (daemon);
  g_atomic_int_set (&daemon->ended, 0);
  daemon->thread = g_thread_new ("daemon", run, daemon);
  daemon_await_notice (daemon, "READY=1");
}

void
daemon_signal (int number)
{
  kill (getpid (), number);
}

void
daemon_join (Daemon *daemon)
{
  Await await = await_new ("the end of the daemon");

  while (!g_atomic_int_get (&daemon->ended))
    await_pause (&await, NULL);
  g_thread_join (g_steal_pointer (&daemon->thread));
}

void
daemon_stop (Daemon *daemon)
{
  daemon_signal (SIGTERM);
  daemon_join (daemon);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts the child process, and waits for what it finds. */
#include "util/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/probe-look.h"

#define PATIENCE_US (30 * G_USEC_PER_SEC)
#define REAP_PAUSE_US 2000
#define REAP_TRIES 500

/* Reads what the child found. */
static gboolean
await_result (int fd, const char *path, VgProbe *probe,
              GCancellable *cancellable, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  gsize done = 0;

  while (done < sizeof *probe) {
    GPollFD fds[2] = { { .fd = fd, .events = G_IO_IN } };
    guint n_fds = 1;
    gint64 left = deadline - g_get_monotonic_time ();
    ssize_t n;

    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    if (left <= 0) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                   "%s can't be opened: its file system doesn't answer", path);
      return FALSE;
    }
    if (g_cancellable_make_pollfd (cancellable, &fds[1]))
      n_fds = 2;
    n = g_poll (fds, n_fds, (gint) (left / 1000) + 1);
    if (n_fds == 2)
      g_cancellable_release_fd (cancellable);
    if (n <= 0 || fds[0].revents == 0)
      continue;
    n = read (fd, (char *) probe + done, sizeof *probe - done);
    if (n > 0)
      done += (gsize) n;
    else if (n == 0 || errno != EINTR)
      break;
  }
  if (done == sizeof *probe)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               "%s can't be examined: the process for it ended", path);
  return FALSE;
}

/* One that hangs in the kernel is left to the kernel. */
static void
end_child (pid_t pid)
{
  kill (pid, SIGKILL);
  for (guint i = 0; i < REAP_TRIES && waitpid (pid, NULL, WNOHANG) == 0; i++)
    g_usleep (REAP_PAUSE_US);
}

gboolean
vg_probe_file (const char *path, const VgProbeUser *user, VgProbe *probe,
               GCancellable *cancellable, GError **error)
{
  int fds[2] = { -1, -1 };
  pid_t pid = pipe2 (fds, O_CLOEXEC) == 0 ? fork () : -1;
  gboolean ok;

  if (pid == 0)
    vg_probe_run_child (path, user, fds[1]);
  if (pid < 0) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 "%s can't be examined: %s", path, g_strerror (errno));
    if (fds[0] >= 0) {
      close (fds[0]);
      close (fds[1]);
    }
    return FALSE;
  }
  close (fds[1]);
  ok = await_result (fds[0], path, probe, cancellable, error);
  close (fds[0]);
  end_child (pid);
  return ok;
}

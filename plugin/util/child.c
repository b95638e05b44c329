/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Launchers without our credentials, and a replacement for
 * g_subprocess_communicate(), which has no bounds, and corrupts memory in GLib
 * up to 2.74 at least: it frees its main context before the source that watches
 * the cancellable. GLib's own thread may free the context while the source is
 * being removed from it, and memory that belongs to others by then is written.
 */
#include "util/child.h"

#include <errno.h>
#include <gio/gunixinputstream.h>
#include <signal.h>
#include <unistd.h>

/* Longest answer of a child, in bytes. */
#define MAX_OUTPUT (16 << 20)

/* Pauses between checks whether a child that closed its output has exited. */
#define FIRST_PAUSE_US 100
#define LAST_PAUSE_US 10000
#define END_TIMEOUT_US G_USEC_PER_SEC

GSubprocessLauncher *
vg_child_launcher (GSubprocessFlags flags)
{
  GSubprocessLauncher *launcher = g_subprocess_launcher_new (flags);
  g_auto (GStrv) names = g_listenv ();

  for (char **name = names; *name != NULL; name++)
    if (g_str_has_prefix (*name, "OS_"))
      g_subprocess_launcher_unsetenv (launcher, *name);
  return launcher;
}

void
vg_child_leave_session (gpointer unused G_GNUC_UNUSED)
{
  setsid ();
}

/* A child's output. */
typedef struct {
  int fd; /* -1: none, or at its end */
  GString *text;
} Pipe;

typedef struct {
  gint64 deadline; /* or 0 */
  guint ms;        /* the same, for people */
  GCancellable *cancellable;
} Limits;

static int
get_fd (GInputStream *stream)
{
  return stream != NULL
             ? g_unix_input_stream_get_fd (G_UNIX_INPUT_STREAM (stream))
             : -1;
}

/* Sets *left to the ms that are left, -1 for any number. */
static gboolean
check_limits (const Limits *limits, gint *left, GError **error)
{
  gint64 us = limits->deadline - g_get_monotonic_time ();

  if (g_cancellable_set_error_if_cancelled (limits->cancellable, error))
    return FALSE;
  *left = -1;
  if (limits->deadline == 0)
    return TRUE;
  *left = (gint) (us / 1000) + 1;
  if (us > 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no answer within %u s",
               (limits->ms + 999) / 1000);
  return FALSE;
}

/* What there is to read. */
static gboolean
read_pipe (Pipe *pipe, GError **error)
{
  char bytes[65536];
  ssize_t n = read (pipe->fd, bytes, sizeof bytes);

  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return TRUE;
  if (n <= 0)
    pipe->fd = -1;
  else
    g_string_append_len (pipe->text, bytes, n);
  if (pipe->text->len <= MAX_OUTPUT)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
               "an answer of more than %d MiB", MAX_OUTPUT >> 20);
  return FALSE;
}

static gboolean
read_pipes (Pipe pipes[2], const Limits *limits, GError **error)
{
  while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
    GPollFD fds[3] = { { .fd = pipes[0].fd, .events = G_IO_IN },
                       { .fd = pipes[1].fd, .events = G_IO_IN } };
    guint n_fds = 2;
    gint left;

    if (!check_limits (limits, &left, error))
      return FALSE;
    if (g_cancellable_make_pollfd (limits->cancellable, &fds[2]))
      n_fds = 3;
    if (g_poll (fds, n_fds, left) < 0)
      fds[0].revents = fds[1].revents = 0;
    if (n_fds == 3)
      g_cancellable_release_fd (limits->cancellable);
    for (guint i = 0; i < 2; i++)
      if (fds[i].revents != 0 && !read_pipe (&pipes[i], error))
        return FALSE;
  }
  return TRUE;
}

/* GLib reaps the process as soon as it ends, and clears its id. */
static gboolean
await_exit (GSubprocess *process, const Limits *limits, GError **error)
{
  gulong pause = FIRST_PAUSE_US;
  gint left;

  while (g_subprocess_get_identifier (process) != NULL) {
    if (!check_limits (limits, &left, error))
      return FALSE;
    g_usleep (pause);
    pause = MIN (2 * pause, LAST_PAUSE_US);
  }
  /* It has ended: this sets its status, and doesn't block. */
  return g_subprocess_wait (process, NULL, error);
}

void
vg_child_kill (GSubprocess *process)
{
  const char *id = g_subprocess_get_identifier (process);

  if (id != NULL)
    kill (-(pid_t) g_ascii_strtoll (id, NULL, 10), SIGKILL);
  g_subprocess_force_exit (process);
}

/* GLib kills it in a thread of its own, and not at all if we exit before that.
 * So waits a moment, but not for a process that hangs in the kernel. */
static void
end_process (GSubprocess *process)
{
  Limits limits = { g_get_monotonic_time () + END_TIMEOUT_US, 0, NULL };

  vg_child_kill (process);
  if (!await_exit (process, &limits, NULL))
    g_debug ("a process can't be killed yet");
}

/* Takes the text, as UTF-8. */
static void
hand_over (Pipe *pipe, char **text)
{
  if (text != NULL)
    *text = g_utf8_make_valid (pipe->text->str, (gssize) pipe->text->len);
  g_string_free (pipe->text, TRUE);
}

gboolean
vg_child_communicate_within (GSubprocess *process, guint ms,
                             GCancellable *cancellable, char **out,
                             char **messages, GError **error)
{
  Limits limits = { ms > 0 ? g_get_monotonic_time () + 1000 * (gint64) ms : 0,
                    ms, cancellable };
  Pipe pipes[2] = {
    { get_fd (g_subprocess_get_stdout_pipe (process)), g_string_new (NULL) },
    { get_fd (g_subprocess_get_stderr_pipe (process)), g_string_new (NULL) },
  };
  gboolean ok = read_pipes (pipes, &limits, error)
                && await_exit (process, &limits, error);

  hand_over (&pipes[0], ok ? out : NULL);
  hand_over (&pipes[1], ok ? messages : NULL);
  if (!ok)
    end_process (process);
  return ok;
}

gboolean
vg_child_communicate (GSubprocess *process, GCancellable *cancellable,
                      char **out, char **messages, GError **error)
{
  return vg_child_communicate_within (process, 0, cancellable, out, messages,
                                      error);
}

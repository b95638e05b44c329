/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guardian of a frozen guest. It runs this program in its own session, out
 * of reach of Ctrl-C, and communicates by two pipes: it sends "ready" and
 * receives "freeze" and "thawed". If the pipe closes between the latter two,
 * this process died. */
#include "instant/thaw-watchdog.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "host/guest.h"
#include "util/child.h"

#define READY "ready\n"
#define FREEZE "freeze\n"
#define THAWED "thawed\n"

#define THAW_TIMEOUT_S 5
#define THAW_TRIES 10

/* Limit for a loss of libvirt, for example while its daemon restarts. */
#define AWAY_US (120 * G_USEC_PER_SEC)

struct _VgGuardian {
  GSubprocess *process;
  gint64 limit; /* µs */
  gint64 since; /* when it was armed, monotonic µs */
  gboolean armed;
  gboolean dismissed;
};

VgThawWatchdog *
vg_thaw_watchdog_start (const char *uri, const char *uuid, guint seconds,
                        GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = vg_child_launcher (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autofree char *limit = g_strdup_printf ("%u", seconds);
  g_autoptr (GSubprocess) process = NULL;
  VgThawWatchdog *guardian;

  g_subprocess_launcher_set_child_setup (launcher, vg_child_leave_session, NULL,
                                         NULL);
  process =
      g_subprocess_launcher_spawn (launcher, error, "/proc/self/exe",
                                   VG_GUARDIAN_COMMAND, uri, uuid, limit, NULL);
  if (process == NULL)
    return NULL;
  guardian = g_new0 (VgThawWatchdog, 1);
  guardian->process = g_steal_pointer (&process);
  guardian->limit = (gint64) seconds * G_USEC_PER_SEC;
  return guardian;
}

gboolean
vg_thaw_watchdog_arm (VgThawWatchdog *guardian, GError **error)
{
  GInputStream *out = g_subprocess_get_stdout_pipe (guardian->process);
  GOutputStream *in = g_subprocess_get_stdin_pipe (guardian->process);
  char word[sizeof READY] = "";
  gsize n;

  if (!g_input_stream_read_all (out, word, strlen (READY), &n, NULL, error))
    return FALSE;
  if (strcmp (word, READY) != 0) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 "the thaw watchdog can't connect to libvirt");
    return FALSE;
  }
  guardian->since = g_get_monotonic_time ();
  guardian->armed = g_output_stream_write_all (in, FREEZE, strlen (FREEZE),
                                               NULL, NULL, error);
  return guardian->armed;
}

gboolean
vg_thaw_watchdog_is_due (const VgThawWatchdog *guardian)
{
  return g_get_monotonic_time () - guardian->since >= guardian->limit;
}

void
vg_thaw_watchdog_dismiss (VgThawWatchdog *guardian)
{
  GOutputStream *in = g_subprocess_get_stdin_pipe (guardian->process);

  if (!guardian->armed)
    g_subprocess_force_exit (guardian->process);
  else if (!guardian->dismissed)
    g_output_stream_write_all (in, THAWED, strlen (THAWED), NULL, NULL, NULL);
  guardian->dismissed = TRUE;
}

gboolean
vg_thaw_watchdog_is_dismissed (const VgThawWatchdog *guardian)
{
  return guardian->dismissed;
}

gboolean
vg_thaw_watchdog_release (VgThawWatchdog *guardian, gboolean thawed)
{
  GOutputStream *in = g_subprocess_get_stdin_pipe (guardian->process);
  gboolean in_time;

  if (thawed || !guardian->armed)
    vg_thaw_watchdog_dismiss (guardian);
  g_output_stream_close (in, NULL, NULL);
  in_time = g_subprocess_wait_check (guardian->process, NULL, NULL);
  g_object_unref (guardian->process);
  g_free (guardian);
  return in_time;
}

/* Whether the word arrived before the deadline (µs; -1: none). */
static gboolean
await_word (const char *wanted, gint64 deadline)
{
  struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
  char word[16] = "";
  gint64 left = 0;

  while (deadline < 0 || (left = deadline - g_get_monotonic_time ()) > 0) {
    int n = poll (&in, 1, deadline < 0 ? -1 : (int) (left / 1000) + 1);

    if (n > 0)
      return read (STDIN_FILENO, word, strlen (wanted)) > 0
             && strcmp (word, wanted) == 0;
    if (n < 0 && errno != EINTR)
      return FALSE;
  }
  return FALSE;
}

/* The freeze itself may still be running in the guest's agent. */
static void
thaw (VgGuest *guest, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + AWAY_US;
  g_autoptr (GError) why = NULL;

  for (guint try = 1; !vg_guest_thaw (guest, THAW_TIMEOUT_S, &why); try++) {
    gboolean away =
        g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION);

    if (away ? g_get_monotonic_time () > deadline : try >= THAW_TRIES) {
      g_propagate_error (error, g_steal_pointer (&why));
      return;
    }
    g_clear_error (&why);
    g_usleep (G_USEC_PER_SEC / 2);
  }
}

gboolean
vg_thaw_watchdog_watch (const char *uri, const char *uuid, guint seconds,
                        GError **error)
{
  g_autoptr (VgHost) host = vg_host_open (uri, error);
  g_autoptr (VgGuest) guest = host ? vg_guest_find (host, uuid, error) : NULL;

  if (guest == NULL)
    return FALSE;
  if (write (STDOUT_FILENO, READY, strlen (READY)) < 0)
    return FALSE;
  if (!await_word (FREEZE, -1)
      || await_word (THAWED, g_get_monotonic_time ()
                                 + (gint64) seconds * G_USEC_PER_SEC))
    return TRUE;
  thaw (guest, error);
  return FALSE;
}

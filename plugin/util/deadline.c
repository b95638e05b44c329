/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* alarm(2) needs neither a thread nor a main loop, which could be what hangs.
 */
#include "util/deadline.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define MAX_TEXT 500

/* Written while no alarm is set, and read by the handler. */
static struct {
  char text[MAX_TEXT + 1];
  gsize length;
  int status;
} end;

static void
end_process (int number G_GNUC_UNUSED)
{
  gssize written = write (STDERR_FILENO, end.text, end.length);

  (void) written;
  _exit (end.status);
}

static void
catch_alarm (void)
{
  struct sigaction action = { .sa_handler = end_process };
  sigset_t set;

  sigaction (SIGALRM, &action, NULL);
  sigemptyset (&set);
  sigaddset (&set, SIGALRM);
  pthread_sigmask (SIG_UNBLOCK, &set, NULL);
}

void
vg_deadline_set (guint seconds, const char *text, int status)
{
  guint left;

  if (seconds == 0)
    return;
  left = alarm (0);
  if (left == 0 || seconds < left) {
    g_strlcpy (end.text, text, sizeof end.text);
    end.length = strlen (end.text);
    end.status = status;
    left = seconds;
  }
  catch_alarm ();
  alarm (left);
}

void
vg_deadline_clear (void)
{
  alarm (0);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guardian of a frozen guest, for a domain of libvirt's test driver: when
 * it ends, and what it says. It is this program, started again. */
#include "instant/thaw-watchdog.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/job-file.h"
#include "lib/qemu.h"

#define JOB "--job"

/* Less than the limits that must not be waited for. */
#define PATIENCE_US (50 * G_USEC_PER_SEC)

/* Of the test driver, which ignores the query; it has this process' id, so
 * that processes of the same test beside this one are not counted. */
static char *uri;

static VgThawWatchdog *
start (const char *uuid, guint seconds)
{
  g_autoptr (GError) error = NULL;
  VgThawWatchdog *guardian =
      vg_thaw_watchdog_start (uri, uuid, seconds, &error);

  g_assert_no_error (error);
  return guardian;
}

static VgThawWatchdog *
start_armed (guint seconds)
{
  VgThawWatchdog *guardian = start (JOB_UUID, seconds);
  g_autoptr (GError) error = NULL;
  gboolean ok = vg_thaw_watchdog_arm (guardian, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  return guardian;
}

static char *
get_command (guint seconds)
{
  return g_strdup_printf ("%s %s %s %u", VG_GUARDIAN_COMMAND, uri, JOB_UUID,
                          seconds);
}

static guint
count (guint seconds)
{
  g_autofree char *text = get_command (seconds);

  return qemu_count_processes (text);
}

static void
test_thawed (void)
{
  VgThawWatchdog *guardian = start_armed (60);

  g_assert_cmpuint (count (60), ==, 1);
  g_assert_true (vg_thaw_watchdog_release (guardian, TRUE));
  g_assert_cmpuint (count (60), ==, 0);
}

/* Dismissing the guardian does not wait until its process has ended. */
static void
test_dismissed (void)
{
  VgThawWatchdog *guardian = start_armed (66);
  g_autofree char *text = get_command (66);
  pid_t pid = qemu_find_process (text);

  g_assert_cmpint (pid, >, 0);
  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  g_assert_false (vg_thaw_watchdog_is_dismissed (guardian));
  vg_thaw_watchdog_dismiss (guardian);
  g_assert_true (vg_thaw_watchdog_is_dismissed (guardian));
  g_assert_cmpuint (count (66), ==, 1);
  g_assert_cmpint (kill (pid, SIGCONT), ==, 0);
  g_assert_true (vg_thaw_watchdog_release (guardian, FALSE));
  g_assert_cmpuint (count (66), ==, 0);
}

/* It thaws after that time, and says so. */
static void
test_too_late (void)
{
  gint64 began = g_get_monotonic_time ();
  VgThawWatchdog *guardian = start_armed (2);

  g_assert_true (!vg_thaw_watchdog_is_due (guardian)
                 || g_get_monotonic_time () - began > 2 * G_USEC_PER_SEC);
  while (count (2) > 0 && g_get_monotonic_time () - began < PATIENCE_US)
    g_usleep (10000);
  g_assert_cmpuint (count (2), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - began, >, 2 * G_USEC_PER_SEC);
  g_assert_true (vg_thaw_watchdog_is_due (guardian));
  g_assert_false (vg_thaw_watchdog_release (guardian, TRUE));
}

/* More than 32 bits of microseconds. */
static void
test_long_limit (void)
{
  VgThawWatchdog *guardian = start_armed (4295);

  g_usleep (G_USEC_PER_SEC / 2);
  g_assert_cmpuint (count (4295), ==, 1);
  g_assert_true (vg_thaw_watchdog_release (guardian, TRUE));
}

/* Who couldn't thaw the guest leaves it to the guardian, which does it now. */
static void
test_not_thawed (void)
{
  gint64 began = g_get_monotonic_time ();
  VgThawWatchdog *guardian = start_armed (61);

  g_assert_false (vg_thaw_watchdog_release (guardian, FALSE));
  g_assert_cmpuint (count (61), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - began, <, PATIENCE_US);
}

static void
test_never_armed (void)
{
  VgThawWatchdog *guardian = start (JOB_UUID, 62);

  vg_thaw_watchdog_release (guardian, FALSE);
  g_assert_cmpuint (count (62), ==, 0);
}

static void
test_no_domain (void)
{
  VgThawWatchdog *guardian = start ("00000000-0000-4000-8000-000000000000", 63);
  g_autoptr (GError) error = NULL;

  g_assert_false (vg_thaw_watchdog_arm (guardian, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  vg_thaw_watchdog_release (guardian, FALSE);
}

/* A Ctrl-C is for all processes of the terminal's group: not for it. */
static void
test_session (void)
{
  VgThawWatchdog *guardian = start_armed (65);
  g_autofree char *text = get_command (65);
  pid_t pid = qemu_find_process (text);

  g_assert_cmpint (pid, >, 0);
  g_assert_cmpint (getsid (pid), ==, pid);
  vg_thaw_watchdog_release (guardian, TRUE);
}

/* Killed: nobody is there to say a word. */
static void
test_killed (void)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) job =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error,
                        "/proc/self/exe", JOB, uri, "64", NULL);
  char ready = 0;

  g_assert_no_error (error);
  g_input_stream_read (g_subprocess_get_stdout_pipe (job), &ready, 1, NULL,
                       NULL);
  g_assert_cmpint (ready, ==, 'y');
  g_assert_cmpuint (count (64), ==, 1);
  g_subprocess_force_exit (job);
  g_subprocess_wait (job, NULL, NULL);
  while (count (64) > 0 && g_get_monotonic_time () < deadline)
    g_usleep (10000);
  g_assert_cmpuint (count (64), ==, 0);
}

static int
run_job (guint seconds)
{
  VgThawWatchdog *guardian;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  guardian = start_armed (seconds);
  if (guardian == NULL || write (STDOUT_FILENO, "y", 1) != 1)
    return 1;
  for (;;)
    pause ();
}

int
main (int argc, char **argv)
{
  /* As the program does. */
  signal (SIGPIPE, SIG_IGN);
  if (argc == 5 && strcmp (argv[1], VG_GUARDIAN_COMMAND) == 0)
    return vg_thaw_watchdog_watch (argv[2], argv[3], (guint) atoi (argv[4]),
                                   NULL)
               ? 0
               : 1;
  if (argc == 4 && strcmp (argv[1], JOB) == 0) {
    uri = argv[2];
    return run_job ((guint) atoi (argv[3]));
  }
  uri = g_strdup_printf (JOB_URI "?test=%d", (int) getpid ());
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guardian/thawed", test_thawed);
  g_test_add_func ("/guardian/dismissed", test_dismissed);
  g_test_add_func ("/guardian/too-late", test_too_late);
  g_test_add_func ("/guardian/long-limit", test_long_limit);
  g_test_add_func ("/guardian/not-thawed", test_not_thawed);
  g_test_add_func ("/guardian/never-armed", test_never_armed);
  g_test_add_func ("/guardian/no-domain", test_no_domain);
  g_test_add_func ("/guardian/session", test_session);
  g_test_add_func ("/guardian/killed", test_killed);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process that waits for ever ends all the same. */
#include "util/deadline.h"

#include <glib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  int status;
  char text[1024]; /* what it said */
} End;

/* Runs a child that does that, and then waits for ever. */
static End
end_of (void (*work) (void))
{
  End end = { .status = -1 };
  gssize length;
  int pipe_fds[2], status;
  pid_t child;

  g_assert_cmpint (pipe (pipe_fds), ==, 0);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0) {
    dup2 (pipe_fds[1], STDERR_FILENO);
    work ();
    for (;;)
      pause ();
  }
  close (pipe_fds[1]);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  length = read (pipe_fds[0], end.text, sizeof end.text - 1);
  g_assert_cmpint (length, >=, 0);
  close (pipe_fds[0]);
  if (WIFEXITED (status))
    end.status = WEXITSTATUS (status);
  return end;
}

/* The earliest of them, though the signal was blocked. */
static void
set_several (void)
{
  sigset_t all;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, NULL);
  vg_deadline_set (3600, "late\n", 1);
  vg_deadline_set (0, "never\n", 2);
  vg_deadline_set (1, "first\n", 8);
  vg_deadline_set (3600, "later\n", 3);
}

static void
test_several (void)
{
  End end = end_of (set_several);

  g_assert_cmpint (end.status, ==, 8);
  g_assert_cmpstr (end.text, ==, "first\n");
}

static void
set_long_text (void)
{
  char text[2000];

  memset (text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  vg_deadline_set (1, text, 0);
}

static void
test_long_text (void)
{
  End end = end_of (set_long_text);

  g_assert_cmpint (end.status, ==, 0);
  g_assert_cmpuint (strlen (end.text), ==, 500);
}

static void
test_clear (void)
{
  vg_deadline_set (3600, "", 1);
  vg_deadline_clear ();
  g_assert_cmpuint (alarm (0), ==, 0);
  vg_deadline_set (0, "", 1);
  g_assert_cmpuint (alarm (0), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/deadline/several", test_several);
  g_test_add_func ("/deadline/long-text", test_long_text);
  g_test_add_func ("/deadline/clear", test_clear);
  return g_test_run ();
}

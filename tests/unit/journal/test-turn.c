/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The limit of jobs at once: in the order in which they came, until their
 * process ends. */
#include "journal/turn.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal/lock.h"
#include "lib/workdir.h"

static VgTurn *
queue (const char *state, const char *job)
{
  g_autoptr (GError) error = NULL;
  VgTurn *turn = vg_turn_queue (state, job, &error);

  g_assert_no_error (error);
  return turn;
}

static gboolean
try (VgTurn *turn, guint max)
{
  g_autoptr (GError) error = NULL;
  gboolean begins;

  g_assert_true (vg_turn_try (turn, max, &begins, &error));
  g_assert_no_error (error);
  return begins;
}

static void
test_order (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgTurn) a = queue (dir, "a"), b = queue (dir, "b");
  g_autoptr (VgTurn) c = queue (dir, "c"), d = queue (dir, "d");

  g_assert_false (try (b, 1));
  g_assert_true (try (a, 1));
  g_assert_false (try (b, 1));
  g_assert_true (vg_turn_is_awaited (dir, "b"));
  g_assert_false (vg_turn_is_awaited (dir, "a"));
  g_assert_false (vg_turn_is_awaited (dir, "nobody"));
  /* With two places, b goes before c. */
  g_assert_false (try (c, 2));
  g_assert_true (try (b, 2));
  g_assert_false (try (c, 2));
  g_clear_pointer (&a, vg_turn_free);
  g_assert_false (try (d, 2));
  /* c goes away while it waits. */
  g_clear_pointer (&c, vg_turn_free);
  g_assert_true (try (d, 2));
  g_assert_true (try (b, 1)); /* it has begun, and stays */
  g_assert_false (vg_turn_is_awaited (dir, "c"));
}

/* A process that has its turn, or waits for one, and is killed. */
static void
test_dead (gconstpointer data)
{
  gboolean begins = GPOINTER_TO_INT (data);
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgTurn) first = begins ? NULL : queue (dir, "first");
  g_autoptr (VgTurn) last = NULL;
  int ready[2], status;
  char byte;
  pid_t child;

  g_assert_true (first == NULL || try (first, 1));
  g_assert_cmpint (pipe (ready), ==, 0);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0) {
    VgTurn *turn = vg_turn_queue (dir, "dead", NULL);
    gboolean got;

    if (turn == NULL || !vg_turn_try (turn, 1, &got, NULL) || got != begins
        || write (ready[1], "x", 1) != 1)
      _exit (1);
    pause ();
  }
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  last = queue (dir, "last");
  g_assert_false (try (last, begins ? 1 : 2));
  g_assert_cmpint (kill (child, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_false (vg_turn_is_awaited (dir, "dead"));
  g_assert_true (try (last, begins ? 1 : 2));
  close (ready[0]);
  close (ready[1]);
}

static void
test_no_folder (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_turn_queue ("/dev/null/state", "a", &error));
  g_assert_error (error, VG_LOCK_ERROR, VG_LOCK_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "state_path"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/turn/order", test_order);
  g_test_add_data_func ("/turn/dead-running", GINT_TO_POINTER (TRUE),
                        test_dead);
  g_test_add_data_func ("/turn/dead-waiting", GINT_TO_POINTER (FALSE),
                        test_dead);
  g_test_add_func ("/turn/no-folder", test_no_folder);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's upload rate, as uploads share it: computed, no clock. */
#include "journal/share.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal/lock.h"
#include "lib/workdir.h"

static void
test_divide (void)
{
  static const struct {
    guint64 total, limits[4];
    gsize n;
    guint64 own, expected;
  } cases[] = {
    { 1000, { 0 }, 1, 0, 1000 },
    { 1000, { 0, 0 }, 2, 0, 500 },
    { 1000, { 0, 0, 0 }, 3, 0, 333 },
    /* An upload with a low limit leaves the rest to the others. */
    { 1000, { 100, 0, 0 }, 3, 0, 450 },
    { 1000, { 0, 0, 100 }, 3, 100, 100 },
    { 1000, { 100, 300, 0, 0 }, 4, 0, 300 },
    { 1000, { 100, 150, 0, 0 }, 4, 0, 375 },
    { 1000, { 400, 0 }, 2, 0, 600 },
    { 1000, { 400, 0 }, 2, 400, 400 },
    { 1000, { 100, 200 }, 2, 200, 200 },
    { 1000, { 5000 }, 1, 5000, 1000 },
    /* Nobody stands still; nobody is there but the caller. */
    { 2, { 0, 0, 0, 0 }, 4, 0, 1 },
    { 1000, { 0 }, 0, 0, 1000 },
    { 1000, { 0 }, 0, 10, 10 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (vg_share_divide (cases[i].total, cases[i].limits,
                                       cases[i].n, cases[i].own),
                      ==, cases[i].expected);
}

static VgShare *
join (const char *state, const char *job, guint64 own)
{
  g_autoptr (GError) error = NULL;
  VgShare *share = vg_share_join (state, job, 1000, own, &error);

  g_assert_no_error (error);
  return share;
}

static void
test_join (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgShare) a = join (dir, "a", 0), b = NULL, c = NULL;

  g_assert_cmpuint (vg_share_get (a), ==, 1000);
  b = join (dir, "b", 0);
  g_assert_cmpuint (vg_share_get (a), ==, 500);
  g_assert_cmpuint (vg_share_get (b), ==, 500);
  c = join (dir, "c", 100);
  g_assert_cmpuint (vg_share_get (a), ==, 450);
  g_assert_cmpuint (vg_share_get (c), ==, 100);
  g_clear_pointer (&b, vg_share_leave);
  g_assert_cmpuint (vg_share_get (a), ==, 900);
  g_clear_pointer (&c, vg_share_leave);
  g_assert_cmpuint (vg_share_get (a), ==, 1000);
}

/* The part of a process that is killed is free at once; its file goes later. */
static void
test_killed (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgShare) own = join (dir, "own", 0), next = NULL;
  g_autofree char *path = g_build_filename (dir, "uploads", "killed", NULL);
  int ready[2];
  char letter;
  pid_t pid;

  g_assert_cmpint (pipe (ready), ==, 0);
  pid = fork ();
  if (pid == 0) {
    if (vg_share_join (dir, "killed", 1000, 0, NULL) == NULL
        || write (ready[1], "x", 1) != 1)
      _exit (1);
    pause ();
  }
  g_assert_cmpint (read (ready[0], &letter, 1), ==, 1);
  g_assert_cmpuint (vg_share_get (own), ==, 500);
  kill (pid, SIGKILL);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  g_assert_cmpuint (vg_share_get (own), ==, 1000);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  next = join (dir, "next", 0);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (vg_share_get (own), ==, 500);
  close (ready[0]);
  close (ready[1]);
}

static void
test_no_place (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *file = workdir_file (dir, "uploads", "");
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_share_join (dir, "a", 1000, 0, &error));
  g_assert_error (error, VG_LOCK_ERROR, VG_LOCK_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, file));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/share/divide", test_divide);
  g_test_add_func ("/share/join", test_join);
  g_test_add_func ("/share/killed", test_killed);
  g_test_add_func ("/share/no-place", test_no_place);
  return g_test_run ();
}

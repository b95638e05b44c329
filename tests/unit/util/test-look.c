/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks by a child process, which may never answer. */
#include "util/look.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/workdir.h"

extern __typeof__ (g_get_monotonic_time) __real_g_get_monotonic_time;
extern __typeof__ (g_get_monotonic_time) __wrap_g_get_monotonic_time;

static gint64 haste; /* µs that pass with each look at the clock */

/* The linker puts it in front of GLib's. */
gint64
__wrap_g_get_monotonic_time (void)
{
  static gint64 ahead;

  ahead += haste;
  return __real_g_get_monotonic_time () + ahead;
}

/* No child is left. */
static void
assert_alone (void)
{
  g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, -1);
  g_assert_cmpint (errno, ==, ECHILD);
}

static void
count_letters (const char *path, gconstpointer data, gpointer answer)
{
  *(guint *) answer = (guint) strlen (path) + *(const guint *) data;
}

static void
test_answers (void)
{
  const char *const paths[] = { "a", "bcd", "" };
  const guint more = 10;
  g_autoptr (GError) error = NULL;
  guint answers[3];
  gboolean ok = vg_look_ask (count_letters, &more, paths, 3, answers,
                             sizeof *answers, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpuint (answers[0], ==, 11);
  g_assert_cmpuint (answers[1], ==, 13);
  g_assert_cmpuint (answers[2], ==, 10);
  assert_alone ();
}

/* More than a pipe holds. */
static void
test_long (void)
{
  enum {
    N = 1000,
    SIZE = 4096
  };
  g_autofree char *answers = g_malloc (N * SIZE);
  const char **paths = g_new (const char *, N);
  const guint more = 1;
  gboolean ok;

  for (guint i = 0; i < N; i++)
    paths[i] = "path";
  ok = vg_look_ask (count_letters, &more, paths, N, answers, SIZE, NULL, NULL);
  g_assert_true (ok);
  for (guint i = 0; i < N; i++)
    g_assert_cmpuint (*(guint *) (gpointer) (answers + i * SIZE), ==, 5);
  g_free (paths);
}

static void
test_files (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *file = workdir_file (dir, "file", "four");
  g_autofree char *link = workdir_path (dir, "link");
  g_autofree char *none = workdir_path (dir, "none");
  const char *const paths[] = { link, none, dir };
  VgFileFacts facts[3];
  struct stat st;
  gboolean ok;

  g_assert_cmpint (symlink ("file", link), ==, 0);
  g_assert_cmpint (stat (file, &st), ==, 0);
  ok = vg_look_at_files (paths, 3, facts, NULL, NULL);
  g_assert_true (ok);
  g_assert_cmpint (facts[0].error, ==, 0);
  g_assert_true (facts[0].device == st.st_dev && facts[0].inode == st.st_ino);
  g_assert_cmpuint (facts[0].size, ==, 4);
  g_assert_cmpint (facts[0].changed.tv_sec, ==, st.st_mtim.tv_sec);
  g_assert_cmpint (facts[0].changed.tv_nsec, ==, st.st_mtim.tv_nsec);
  g_assert_true (S_ISREG (facts[0].mode));
  g_assert_true (facts[0].has_space);
  g_assert_cmpint (facts[1].error, ==, ENOENT);
  g_assert_true (S_ISDIR (facts[2].mode));
}

static void
test_regular (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *fifo = workdir_path (dir, "fifo");
  g_autofree char *file = workdir_path (dir, "file");
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  g_assert_true (vg_look_check_regular (NULL, NULL, &error));
  g_assert_true (vg_look_check_regular (file, NULL, &error));
  g_assert_true (vg_look_check_regular ("/nonexistent", NULL, &error));
  g_assert_no_error (error);
  g_assert_false (vg_look_check_regular (fifo, NULL, &error));
  g_assert_error (error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE);
}

/* Looks that don't come to an end */

static void
hang_at_second (const char *path, gconstpointer data G_GNUC_UNUSED,
                gpointer answer)
{
  while (strcmp (path, "second") == 0)
    pause ();
  *(guint *) answer = 1;
}

static const char *const two[] = { "first", "second" };

static void
test_timeout (void)
{
  g_autoptr (GError) error = NULL;
  guint answers[2];

  haste = 11 * G_USEC_PER_SEC;
  g_assert_false (vg_look_ask (hang_at_second, NULL, two, 2, answers,
                               sizeof *answers, NULL, &error));
  haste = 0;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpstr (error->message, ==,
                   "second can't be opened: no answer for 30 s; its file "
                   "system may hang");
  assert_alone ();
}

static gpointer
cancel_soon (gpointer cancellable)
{
  g_usleep (G_USEC_PER_SEC / 10);
  g_cancellable_cancel (cancellable);
  return NULL;
}

/* Long before the time is up. */
static void
test_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gint64 begin = g_get_monotonic_time ();
  GThread *thread = g_thread_new ("cancel", cancel_soon, cancellable);
  g_autoptr (GError) error = NULL;
  guint answers[2];

  g_assert_false (vg_look_ask (hang_at_second, NULL, two, 2, answers,
                               sizeof *answers, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 20 * G_USEC_PER_SEC);
  g_thread_join (thread);
  assert_alone ();
}

static void
die (const char *path G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED,
     gpointer answer G_GNUC_UNUSED)
{
  _exit (1);
}

static void
test_dead (void)
{
  g_autoptr (GError) error = NULL;
  guint answers[2];

  g_assert_false (
      vg_look_ask (die, NULL, two, 2, answers, sizeof *answers, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "first can't be examined"));
  assert_alone ();
}

static void
look_at_descriptor (const char *path G_GNUC_UNUSED, gconstpointer data,
                    gpointer answer)
{
  *(int *) answer = fcntl (*(const int *) data, F_GETFD);
}

/* A child that hangs for good must not hold our locks and sockets. */
static void
test_descriptors (void)
{
  const int fd = fcntl (STDERR_FILENO, F_DUPFD, 10);
  int answer;
  gboolean ok = vg_look_ask (look_at_descriptor, &fd, two, 1, &answer,
                             sizeof answer, NULL, NULL);

  g_assert_cmpint (fd, >=, 10);
  g_assert_true (ok);
  g_assert_cmpint (answer, ==, -1);
  close (fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/look/answers", test_answers);
  g_test_add_func ("/look/long", test_long);
  g_test_add_func ("/look/files", test_files);
  g_test_add_func ("/look/regular", test_regular);
  g_test_add_func ("/look/timeout", test_timeout);
  g_test_add_func ("/look/cancelled", test_cancelled);
  g_test_add_func ("/look/dead", test_dead);
  g_test_add_func ("/look/descriptors", test_descriptors);
  return g_test_run ();
}

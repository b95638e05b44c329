/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Space for scratch files: asked before, and watched meanwhile. */
#include "instant/scratch-space.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "lib/workdir.h"

#define MUCH ((guint64) 1 << 62)
#define PATIENCE_US (10 * G_USEC_PER_SEC)

static gboolean no_threads;

/* Instead of libc's, for GLib, too. */
int
pthread_create (pthread_t *thread, const pthread_attr_t *attributes,
                void *(*run) (void *), void *data)
{
  int (*real) (pthread_t *, const pthread_attr_t *, void *(*) (void *), void *);

  *(void **) &real = dlsym (RTLD_NEXT, "pthread_create");
  return no_threads ? EAGAIN : real (thread, attributes, run, data);
}

static void
test_no_thread (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  no_threads = TRUE;
  g_assert_null (vg_scratch_space_watch_new (dir, 2, cancellable, &error));
  no_threads = FALSE;
  g_assert_error (error, G_THREAD_ERROR, G_THREAD_ERROR_AGAIN);
  g_assert_nonnull (strstr (error->message, "the free space can't be watched"));
}

static void
test_check (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (vg_scratch_space_check (dir, 0, NULL, &error));
  g_assert_true (vg_scratch_space_check (dir, 1, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (vg_scratch_space_check (dir, MUCH, NULL, &error));
  g_assert_error (error, VG_SCRATCH_SPACE_ERROR, VG_SCRATCH_SPACE_ERROR_LOW);
  g_assert_nonnull (strstr (error->message, dir));
  g_assert_nonnull (strstr (error->message, "4.0 EiB"));
  g_assert_nonnull (strstr (error->message, "scratch_reserve"));
  g_assert_nonnull (strstr (error->message, "snapshots_directory"));
}

/* What can't be asked is left to whoever writes there; a directory that isn't
 * there yet will be where the one above it is. */
static void
test_check_nowhere (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (
      vg_scratch_space_check ("/etc/passwd/folder", MUCH, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (
      vg_scratch_space_check ("/nonexistent/folder", MUCH, NULL, &error));
  g_assert_error (error, VG_SCRATCH_SPACE_ERROR, VG_SCRATCH_SPACE_ERROR_LOW);
  g_assert_nonnull (strstr (error->message, "free in /nonexistent/folder"));
}

static void
test_watch_trips (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  g_autoptr (VgScratchSpaceWatch) watch =
      vg_scratch_space_watch_new (dir, MUCH, cancellable, NULL);
  g_autoptr (GError) error = NULL;

  while (!g_cancellable_is_cancelled (cancellable)
         && g_get_monotonic_time () < deadline)
    g_usleep (1000);
  g_assert_true (g_cancellable_is_cancelled (cancellable));
  g_assert_true (vg_scratch_space_watch_tripped (watch, &error));
  g_assert_error (error, VG_SCRATCH_SPACE_ERROR, VG_SCRATCH_SPACE_ERROR_LOW);
  g_assert_nonnull (strstr (error->message, dir));
  g_assert_nonnull (strstr (error->message, "2.0 EiB"));
}

/* Nothing happens, and nobody waits for its end. */
static void
test_watch_holds (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  gint64 least = G_MAXINT64;

  /* The quickest counts: on a busy machine each may be kept waiting. */
  for (guint i = 0; i < 5; i++) {
    VgScratchSpaceWatch *watch =
        vg_scratch_space_watch_new (dir, 2, cancellable, NULL);
    gint64 began;

    g_usleep (20000);
    g_assert_false (vg_scratch_space_watch_tripped (watch, &error));
    g_assert_no_error (error);
    began = g_get_monotonic_time ();
    vg_scratch_space_watch_free (watch);
    least = MIN (least, g_get_monotonic_time () - began);
  }
  g_assert_cmpint (least, <, G_USEC_PER_SEC / 2);
  g_assert_false (g_cancellable_is_cancelled (cancellable));
  vg_scratch_space_watch_free (NULL);
}

/* Somebody else's cancelling is not for want of space. */
static void
test_watch_cancelled (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (VgScratchSpaceWatch) watch =
      vg_scratch_space_watch_new (dir, 2, cancellable, NULL);

  g_cancellable_cancel (cancellable);
  g_assert_false (vg_scratch_space_watch_tripped (watch, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/space/check", test_check);
  g_test_add_func ("/space/no-thread", test_no_thread);
  g_test_add_func ("/space/check-nowhere", test_check_nowhere);
  g_test_add_func ("/space/watch-trips", test_watch_trips);
  g_test_add_func ("/space/watch-holds", test_watch_holds);
  g_test_add_func ("/space/watch-cancelled", test_watch_cancelled);
  return g_test_run ();
}

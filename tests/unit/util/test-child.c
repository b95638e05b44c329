/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Environment and output of processes that we start. */
#include "util/child.h"

#include <malloc.h>
#include <string.h>
#include <unistd.h>

static void
test_environment (void)
{
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *out = NULL;

  g_setenv ("OS_PASSWORD", "hush", TRUE);
  g_setenv ("OS_APPLICATION_CREDENTIAL_SECRET", "hush", TRUE);
  g_setenv ("VG_TEST_VARIABLE", "kept", TRUE);
  launcher = vg_child_launcher (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  process = g_subprocess_launcher_spawn (launcher, &error, "env", NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &out, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (strstr (out, "OS_"));
  g_assert_null (strstr (out, "hush"));
  g_assert_nonnull (strstr (out, "VG_TEST_VARIABLE=kept\n"));
  /* Our own environment is unchanged. */
  g_assert_cmpstr (g_getenv ("OS_PASSWORD"), ==, "hush");
}

static void
test_cancelled (void)
{
  g_autoptr (GSubprocessLauncher) launcher =
      vg_child_launcher (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *out = NULL;

  process = g_subprocess_launcher_spawn (launcher, &error, "sleep", "60", NULL);
  g_assert_no_error (error);
  g_cancellable_cancel (cancellable);
  g_assert_false (
      vg_child_communicate (process, cancellable, &out, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (out);
  g_assert_true (g_subprocess_wait (process, NULL, NULL));
  g_assert_true (g_subprocess_get_if_signaled (process));
}

/* One that ignores what can be ignored. */
static void
test_within (void)
{
  g_autoptr (GSubprocessLauncher) launcher =
      vg_child_launcher (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GSubprocess) process = NULL, other = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *out = NULL;
  gint64 began = g_get_monotonic_time ();

  process = g_subprocess_launcher_spawn (launcher, &error, "sh", "-c",
                                         "trap '' TERM; exec sleep 600", NULL);
  g_assert_no_error (error);
  g_assert_false (vg_child_communicate_within (process, 100, cancellable, &out,
                                               NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_null (out);
  g_assert_true (g_subprocess_wait (process, NULL, NULL));
  g_assert_true (g_subprocess_get_if_signaled (process));
  g_assert_false (g_cancellable_is_cancelled (cancellable));
  g_clear_error (&error);
  other = g_subprocess_launcher_spawn (launcher, &error, "echo", "a", NULL);
  g_assert_true (vg_child_communicate_within (other, 600000, cancellable, &out,
                                              NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (out, ==, "a\n");
  g_assert_cmpint (g_get_monotonic_time () - began, <, 300 * G_USEC_PER_SEC);
}

/* One that never stops to tell; and one whose words are no UTF-8. */
static void
test_output (void)
{
  g_autoptr (GSubprocessLauncher) launcher = vg_child_launcher (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GSubprocess) endless = NULL, odd = NULL;
  g_autofree char *out = NULL, *messages = NULL;
  g_autoptr (GError) error = NULL;

  endless = g_subprocess_launcher_spawn (launcher, &error, "yes", NULL);
  g_assert_no_error (error);
  g_assert_false (
      vg_child_communicate (endless, NULL, &out, &messages, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE);
  g_assert_null (out);
  g_clear_error (&error);
  odd =
      g_subprocess_launcher_spawn (launcher, &error, "printf", "a\\377b", NULL);
  g_assert_no_error (error);
  g_assert_true (vg_child_communicate (odd, NULL, &out, &messages, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (out, ==,
                   "a\xef\xbf\xbd"
                   "b");
  g_assert_cmpstr (messages, ==, "");
}

#define N_THREADS 16
#define N_CHILDREN 125

static gpointer
talk_to_many (gpointer data G_GNUC_UNUSED)
{
  g_autoptr (GSubprocessLauncher) launcher = vg_child_launcher (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  for (guint i = 0; i < N_CHILDREN; i++) {
    g_autofree char *out = NULL, *messages = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (GSubprocess) process =
        g_subprocess_launcher_spawn (launcher, &error, "echo", "a", NULL);

    g_assert_no_error (error);
    g_assert_true (
        vg_child_communicate (process, cancellable, &out, &messages, &error));
    g_assert_cmpstr (out, ==, "a\n");
    g_assert_cmpstr (messages, ==, "");
  }
  return NULL;
}

static void
lead_group (G_GNUC_UNUSED gpointer data)
{
  setpgid (0, 0);
}

/* A child of the process has the pipe, too: it ends when both are dead. */
static void
test_group (void)
{
  g_autoptr (GSubprocessLauncher) launcher =
      vg_child_launcher (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  char ready;

  g_subprocess_launcher_set_child_setup (launcher, lead_group, NULL, NULL);
  process = g_subprocess_launcher_spawn (
      launcher, &error, "sh", "-c", "sleep 600 & echo; exec sleep 600", NULL);
  g_assert_no_error (error);
  g_assert_cmpint (g_input_stream_read (g_subprocess_get_stdout_pipe (process),
                                        &ready, 1, NULL, NULL),
                   ==, 1);
  vg_child_kill (process);
  g_assert_true (
      vg_child_communicate_within (process, 60000, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_signaled (process));
}

/* With g_subprocess_communicate() this corrupts the heap, or never ends. */
static void
test_many (void)
{
  GThread *threads[N_THREADS];

  mallopt (M_PERTURB, 165);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("talk", talk_to_many, NULL);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/child/environment", test_environment);
  g_test_add_func ("/child/cancelled", test_cancelled);
  g_test_add_func ("/child/within", test_within);
  g_test_add_func ("/child/group", test_group);
  g_test_add_func ("/child/output", test_output);
  g_test_add_func ("/child/many", test_many);
  return g_test_run ();
}

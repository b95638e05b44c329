/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program that reads disks sees of the files, and what else it is given.
 * Where namespaces can't be made, only the latter. */
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disk/disk.h"
#include "lib/confine-fixture.h"
#include "lib/qemu.h"

static void
test_view (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *other = workdir_file (fix->dir, "other", "theirs");
  g_autofree char *inside = NULL, *outside = NULL, *root = NULL, *home = NULL;

  if (confine_skip_unless_confined (fix))
    return;
  confine_admit (fix, fix->disk);
  inside = confine_run (fix, "cat", fix->disk);
  g_assert_cmpstr (inside, ==, "blocks");
  outside = confine_run (fix, "cat", other);
  g_assert_null (outside);
  root = confine_run (fix, "ls", fix->dir);
  g_assert_cmpstr (root, ==, "disk\n");
  home = confine_run (fix, "ls", "/etc/passwd");
  g_assert_null (home);
  g_clear_pointer (&home, g_free);
  home = confine_run (fix, "ls", "/proc/self");
  g_assert_null (home);
}

/* Not even its own files, whatever their mode. */
static void
test_read_only (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *out = NULL, *content = NULL;

  if (confine_skip_unless_confined (fix))
    return;
  g_assert_cmpint (g_chmod (fix->disk, 0666), ==, 0);
  confine_admit (fix, fix->disk);
  out = confine_run (fix, "cp", "/usr/bin/env", fix->disk);
  g_assert_null (out);
  out = confine_run (fix, "mkdir", "/new");
  g_assert_null (out);
  g_assert_true (g_file_get_contents (fix->disk, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "blocks");
}

/* A link is a file by that name; odd names are names. */
static void
test_names (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const names[] = { "it's $(id) `id`", "-rf", "new\nline",
                                       "back\\slash \"q\"" };
  g_autofree char *link = workdir_path (fix->dir, "link");
  g_autofree char *out = NULL;

  if (confine_skip_unless_confined (fix))
    return;
  g_assert_cmpint (symlink ("disk", link), ==, 0);
  confine_admit (fix, link);
  out = confine_run (fix, "cat", link);
  g_assert_cmpstr (out, ==, "blocks");
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = workdir_file (fix->dir, names[i], names[i]);
    g_autofree char *text = NULL;

    g_ptr_array_set_size (fix->files, 0);
    confine_admit (fix, path);
    text = confine_run (fix, "cat", path);
    g_assert_cmpstr (text, ==, names[i]);
  }
}

/* The owner of the folder has put another file there, after it was checked. */
static void
test_replaced (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  const char *const words[] = { "cat", fix->disk, NULL };
  VgConfinedProgram program = { 0 };
  g_autofree char *out = NULL, *messages = NULL;

  if (confine_skip_unless_confined (fix))
    return;
  confine_admit (fix, fix->disk);
  g_assert_cmpint (g_unlink (fix->disk), ==, 0);
  g_assert_cmpint (symlink ("/etc/passwd", fix->disk), ==, 0);
  out = confine_run_as (fix, program, &messages, words);
  g_assert_null (out);
  g_assert_cmpstr (messages, ==,
                   "the files were replaced while they were opened\n");
}

static void
test_listener (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  const char *const words[] = {
    "/usr/bin/python3", "-Ic",
    "import os; e = os.environ\n"
    "print(e['LISTEN_FDS'], e['LISTEN_PID'] == str(os.getpid()))",
    NULL
  };
  VgConfinedProgram program = { .listens = TRUE };
  g_autofree char *out = confine_run_as (fix, program, NULL, words);

  g_assert_cmpstr (out, ==, "1 True\n");
  g_clear_pointer (&out, g_free);
  fix->config->confine_helpers = FALSE;
  confine_set_user (fix, NULL);
  out = confine_run_as (fix, program, NULL, words);
  g_assert_cmpstr (out, ==, "1 True\n");
}

/* It ends with the pipe, whoever else forgets it. */
static void
test_end (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *time = g_strdup_printf ("601.%d", getpid ());
  const char *const words[] = { "sleep", time, NULL };
  VgConfinedProgram program = { .listens = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = NULL;

  if (confine_skip_unless_confined (fix))
    return;
  process = confine_spawn (fix, &program, &error, words);
  g_assert_no_error (error);
  confine_await_process (time);
  g_assert_true (g_output_stream_close (g_subprocess_get_stdin_pipe (process),
                                        NULL, &error));
  g_assert_true (g_subprocess_wait (process, NULL, &error));
  g_assert_false (g_subprocess_get_successful (process));
  g_assert_cmpint (qemu_find_process (time), ==, 0);
}

/* A process that starts the program, and is killed so long after it began. */
static void
kill_while_starting (const ConfineFixture *fix, const char *const *words,
                     gulong delay_us)
{
  VgConfinedProgram program = { 0 };
  int begun[2];
  pid_t pid;
  char byte = 0;

  g_assert_cmpint (pipe (begun), ==, 0);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    g_autoptr (GSubprocess) process = NULL;

    if (write (begun[1], &byte, 1) == 1)
      process = confine_spawn (fix, &program, NULL, words);
    pause ();
    _exit (0);
  }
  g_assert_cmpint (read (begun[0], &byte, 1), ==, 1);
  g_usleep (delay_us);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  close (begun[0]);
  close (begun[1]);
}

/* At whatever moment of the start: bwrap's own parts end, too. */
static void
test_killed (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *time = g_strdup_printf ("602.%d", getpid ());
  const char *const words[] = { "sleep", time, NULL };
  const char *wanted = g_getenv ("VG_TEST_KILLS");
  guint n = wanted != NULL ? (guint) atoi (wanted) : 20;
  gint64 begun = g_get_monotonic_time (), whole, deadline;
  g_autofree char *out = NULL;

  if (confine_skip_unless_confined (fix))
    return;
  out = confine_run (fix, "true");
  g_assert_nonnull (out);
  whole = g_get_monotonic_time () - begun;
  for (guint i = 0; i < n; i++)
    kill_while_starting (fix, words, (gulong) (whole * i / n));
  deadline = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  while (qemu_find_process (time) != 0) {
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    g_usleep (20000);
  }
}

static void
test_keys (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *first = NULL, *second = NULL, *out = NULL;
  const char *words[] = { "cat", NULL, NULL, NULL };
  VgConfinedProgram program = { .n_keys = 2 };

  if (fix->confine->bwrap != NULL)
    confine_set_user (fix, CONFINE_NOBODY);
  first = g_strdup_printf ("%s/%d", vg_confined_get_key_folder (fix->confine),
                           VG_CONFINED_KEYS);
  second = g_strdup_printf ("%s/%d", vg_confined_get_key_folder (fix->confine),
                            VG_CONFINED_KEYS + 1);
  if (fix->confine->bwrap == NULL)
    return; /* test-unlock.c reads them */
  words[1] = first;
  words[2] = second;
  out = confine_run_as (fix, program, NULL, words);
  g_assert_cmpstr (out, ==, "secretsecret");
}

static void
test_environment (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *out = NULL;

  g_setenv ("VG_TEST_SECRET", "hush", TRUE);
  out = confine_run (fix, "env");
  g_unsetenv ("VG_TEST_SECRET");
  g_assert_nonnull (out);
  g_assert_null (strstr (out, "hush"));
}

/* A program that is not in /usr. */
static void
test_program (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *bin =
      workdir_file (fix->dir, "tool", "#!/bin/sh\necho ran $1");
  g_autofree char *out = NULL;

  g_assert_cmpint (g_chmod (bin, 0755), ==, 0);
  out = confine_run (fix, bin, "well");
  g_assert_cmpstr (out, ==, "ran well\n");
}

static void
test_missing (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  const char *const words[] = { "vg-no-such-program", NULL };
  const char *const list[] = { "cat", NULL };
  VgConfinedProgram program = { 0 };
  g_autofree char *path = g_strdup (g_getenv ("PATH"));
  g_autofree char *bin = NULL, *cat = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (confine_spawn (fix, &program, &error, words));
  g_assert_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT);
  g_clear_error (&error);
  if (geteuid () != 0)
    return;
  /* No bwrap: for root that is an error. */
  cat = g_find_program_in_path ("cat");
  bin = workdir_path (fix->dir, "cat");
  g_assert_cmpint (symlink (cat, bin), ==, 0);
  fix->config->confine_helpers = TRUE;
  g_setenv ("PATH", fix->dir, TRUE);
  confine_set_user (fix, NULL);
  g_assert_null (confine_spawn (fix, &program, &error, list));
  g_setenv ("PATH", path, TRUE);
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CONFINE);
  g_assert_nonnull (strstr (error->message, "install bubblewrap"));
  g_assert_nonnull (strstr (error->message, "confine_helpers = false"));
}

/* bwrap says why it can't. */
static void
test_impossible (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (vg_confined_explain ("qemu-img", "qemu-img: no", &error));
  g_assert_no_error (error);
  g_assert_true (vg_confined_explain (
      "qemu-img", "bwrap: Creating new namespace failed", &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CONFINE);
  g_assert_nonnull (strstr (error->message,
                            "qemu-img can't be confined: bwrap: Creating new"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  confine_fixture_add ("/confine/view", test_view);
  confine_fixture_add ("/confine/read-only", test_read_only);
  confine_fixture_add ("/confine/names", test_names);
  confine_fixture_add ("/confine/replaced", test_replaced);
  confine_fixture_add ("/confine/listener", test_listener);
  confine_fixture_add ("/confine/end", test_end);
  confine_fixture_add ("/confine/killed", test_killed);
  confine_fixture_add ("/confine/keys", test_keys);
  confine_fixture_add ("/confine/environment", test_environment);
  confine_fixture_add ("/confine/program", test_program);
  confine_fixture_add ("/confine/missing", test_missing);
  g_test_add_func ("/confine/impossible", test_impossible);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The qemu-nbd that reads a shut-off domain's disk: it is missing, slow, deaf
 * or fails, and none is left.
 *
 * This program is started again by itself, as a job that is killed. */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/disk-source.h"
#include "lib/guest-fixture.h"
#include "lib/offline-fixture.h"
#include "lib/qemu.h"

#define HOLD "--hold"
#define DEAF                                                                   \
  "trap '' TERM; "                                                             \
  "exec /usr/bin/python3 -c 'import signal; signal.pause()' \"$@\""
#define PATIENCE_US (60 * G_USEC_PER_SEC)

/* It is QEMU who knows why, and it is what it says that is told: each time,
 * though it is a race whether its end or that of the connection comes first. */
static void
test_refused_by_server (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  g_free (fix->source->format);
  fix->source->format = g_strdup ("quantum");
  for (int i = 0; i < 20; i++)
    offline_fail (fix, VG_DISK_ERROR_OPEN, "Unknown driver 'quantum'");
  g_free (fix->source->format);
  fix->source->format = g_strdup ("vmdk");
  offline_fail (fix, VG_DISK_ERROR_OPEN, "invalid VMDK image descriptor");
}

/* A socket that can't be made. */
static void
test_no_folder (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  g_free (fix->socket);
  fix->socket = workdir_path (fix->dir, "none/socket");
  offline_fail (fix, VG_DISK_ERROR_OPEN,
                "none/socket can't be made: No such file");
}

/* For a while, such a script is what is found as qemu-nbd. Returns the PATH to
 * be set again. */
static char *
put_in_path (const OfflineFixture *fix, const char *script)
{
  g_autofree char *bin = workdir_path (fix->dir, "bin");
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\n%s\n", script);
  g_autofree char *file = NULL, *new = NULL;
  char *old = g_strdup (g_getenv ("PATH"));

  g_mkdir_with_parents (bin, 0700);
  file = workdir_file (fix->dir, "bin/qemu-nbd", text);
  g_assert_cmpint (g_chmod (file, 0700), ==, 0);
  new = g_strdup_printf ("%s:%s", bin, old);
  g_setenv ("PATH", new, TRUE);
  return old;
}

/* It is a while until it accepts a connection. */
static void
test_slow_to_listen (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *real = g_find_program_in_path ("qemu-nbd");
  g_autofree char *path = NULL, *script = NULL;
  g_autoptr (VgDisk) disk = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  script = g_strdup_printf ("sleep 0.2; exec %s \"$@\"", real);
  path = put_in_path (fix, script);
  disk = offline_try (fix, NULL, &error);
  g_setenv ("PATH", path, TRUE);
  g_assert_no_error (error);
  offline_read_all (disk, fix);
}

static gpointer
cancel_later (gpointer data)
{
  g_usleep (200000);
  g_cancellable_cancel (data);
  return NULL;
}

/* It never answers, and keeps still when it is asked to end. */
static void
test_cancelled (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  gint64 began = g_get_monotonic_time ();
  g_autofree char *path = NULL;
  GThread *thread;

  if (fix->dir == NULL)
    return;
  path = put_in_path (fix, DEAF);
  thread = g_thread_new ("cancel", cancel_later, cancellable);
  g_assert_null (offline_try (fix, cancellable, &error));
  g_thread_join (thread);
  g_setenv ("PATH", path, TRUE);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - began, <, PATIENCE_US);
}

static void
test_not_installed (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  path = g_strdup (g_getenv ("PATH"));
  g_free (fix->source->format);
  fix->source->format = NULL;
  g_setenv ("PATH", fix->dir, TRUE);
  g_assert_null (offline_try (fix, NULL, &error));
  g_setenv ("PATH", path, TRUE);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "qemu-utils"));
}

/* Starts a job that opens the disk, and kills it: once it has, or while it
 * waits for a server that doesn't answer. */
static void
kill_job (const OfflineFixture *fix, gboolean wait)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  g_autoptr (GSubprocess) job = NULL;
  g_autoptr (GError) error = NULL;
  char ready = 0;

  job =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error,
                        "/proc/self/exe", HOLD, fix->image, fix->socket, NULL);
  g_assert_no_error (error);
  if (wait)
    g_input_stream_read (g_subprocess_get_stdout_pipe (job), &ready, 1, NULL,
                         NULL);
  /* (A child that has yet to become the server looks like the job.) */
  while (qemu_count_processes (fix->socket) != 2)
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
  g_subprocess_force_exit (job);
  g_subprocess_wait (job, NULL, NULL);
  while (qemu_count_processes (fix->socket) > 0
         && g_get_monotonic_time () < deadline)
    g_usleep (10000);
  g_assert_cmpuint (qemu_count_processes (fix->socket), ==, 0);
  unlink (fix->socket);
}

/* Who is killed can't clean up: the server ends by itself. */
static void
test_killed (OfflineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = NULL;

  if (fix->dir == NULL)
    return;
  kill_job (fix, TRUE);
  path = put_in_path (fix, DEAF);
  kill_job (fix, FALSE);
  g_setenv ("PATH", path, TRUE);
}

/* The job of test_killed(): opens the disk, and waits to be killed. */
static int
hold (const char *image, const char *socket)
{
  g_autoptr (VgHost) host = NULL;
  g_autoptr (VgGuest) guest = NULL;
  g_autoptr (VgSource) source = disk_source_new_file (image, "qcow2");
  g_autoptr (VgDisk) disk = NULL;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  host = vg_host_open (GUEST_URI, NULL);
  guest = vg_guest_find (host, "test", NULL);
  disk = vg_offline_open (disk_source_confine (guest), guest, 0, "vda", source,
                          FALSE, socket, NULL, NULL);
  if (disk == NULL || write (STDOUT_FILENO, "y", 1) != 1)
    return 1;
  for (;;)
    pause ();
}

int
main (int argc, char **argv)
{
  if (argc == 4 && strcmp (argv[1], HOLD) == 0)
    return hold (argv[2], argv[3]);
  g_test_init (&argc, &argv, NULL);
  offline_fixture_add ("/offline/refused-by-server", test_refused_by_server);
  offline_fixture_add ("/offline/no-folder", test_no_folder);
  offline_fixture_add ("/offline/slow-to-listen", test_slow_to_listen);
  offline_fixture_add ("/offline/cancelled", test_cancelled);
  offline_fixture_add ("/offline/not-installed", test_not_installed);
  offline_fixture_add ("/offline/killed", test_killed);
  return g_test_run ();
}

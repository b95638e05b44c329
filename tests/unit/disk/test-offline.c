/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A shut-off domain's disk: its bytes, what happens when the domain is
 * started, and that no qemu-nbd is left. The domain is libvirt's test driver's.
 *
 * This program is started again by itself, as a job that is killed. */
#include "disk/offline.h"

#include <glib/gstdio.h>
#include <libvirt/libvirt.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/qemu.h"
#include "lib/workdir.h"

#define URI "test:///default"
#define SIZE ((guint64) 3 << 20)
#define HOLD "--hold"
#define DEAF                                                                   \
  "trap '' TERM; "                                                             \
  "exec /usr/bin/python3 -c 'import signal; signal.pause()' \"$@\""
#define PATIENCE_US (60 * G_USEC_PER_SEC)

static VgSource *
new_file (const char *path, const char *format)
{
  VgSource *source = vg_source_new (VG_SOURCE_FILE);

  source->type_name = g_strdup ("file");
  source->path = g_strdup (path);
  source->format = g_strdup (format);
  return source;
}

/* A domain that is shut off, and the disk that shall be its. */
typedef struct {
  Workdir *dir;
  char *image, *socket;
  VgMap *map;
  VgSource *source;
  virConnectPtr connection;
  virDomainPtr domain;
  VgHost *host;
  VgGuest *guest;
} Fixture;

static void
set_up (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *raw = NULL;
  g_autoptr (GError) error = NULL;

  if (qemu_is_missing ())
    return;
  fix->dir = workdir_new ();
  raw = workdir_path (fix->dir, "raw");
  fix->image = workdir_path (fix->dir, "image.qcow2");
  fix->socket = workdir_path (fix->dir, "socket");
  fix->map = vg_map_new (SIZE);
  vg_map_add (fix->map, 0, 200000);
  vg_map_add (fix->map, 2 << 20, 65536);
  qemu_write_raw (raw, fix->map, 5);
  g_free (
      qemu_run ("qemu-img", "convert", "-O", "qcow2", raw, fix->image, NULL));
  fix->source = new_file (fix->image, "qcow2");
  fix->host = vg_host_open (URI, &error);
  g_assert_no_error (error);
  fix->connection = virConnectOpen (URI);
  fix->domain = virDomainLookupByName (fix->connection, "test");
  virDomainDestroy (fix->domain);
  fix->guest = vg_guest_find (fix->host, "test", &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  g_assert_cmpuint (qemu_count_processes (fix->socket), ==, 0);
  g_assert_false (g_file_test (fix->socket, G_FILE_TEST_EXISTS));
  vg_guest_free (fix->guest);
  vg_host_free (fix->host);
  virDomainCreate (fix->domain);
  virDomainFree (fix->domain);
  virConnectClose (fix->connection);
  vg_source_free (fix->source);
  vg_map_free (fix->map);
  g_free (fix->image);
  g_free (fix->socket);
  workdir_remove (fix->dir);
}

static VgConfine *
new_confine (VgGuest *guest)
{
  g_autoptr (VgConfig) config = qemu_config ();
  g_autoptr (GError) error = NULL;
  VgConfine *confine = vg_confine_new (config, guest, NULL, &error);

  g_assert_no_error (error);
  return confine;
}

static VgDisk *
try_disk (const Fixture *fix, GCancellable *cancellable, GError **error)
{
  return vg_offline_open (new_confine (fix->guest), fix->guest,
                          vg_guest_get_epoch (fix->guest), "vda", fix->source,
                          FALSE, fix->socket, cancellable, error);
}

static VgDisk *
open_disk (const Fixture *fix)
{
  g_autoptr (GError) error = NULL;
  VgDisk *disk = try_disk (fix, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (disk->size, ==, SIZE);
  return disk;
}

static void
fail (const Fixture *fix, int code, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (try_disk (fix, NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, code);
  if (strstr (error->message, text) == NULL)
    g_error ("expected '%s' in: %s", text, error->message);
}

static void
read_all (VgDisk *disk, const Fixture *fix)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgMap) map = vg_disk_read_map (disk, NULL, &error);
  g_autoptr (VgBody) body = NULL;
  g_autofree char *bytes = g_malloc (SIZE), *raw = NULL, *path = NULL;
  gsize done = 0;
  gssize got;

  g_assert_no_error (error);
  g_assert_cmpuint (vg_map_get_n_data_blocks (map), ==, 5);
  body = vg_disk_open_data (disk, map, NULL, &error);
  g_assert_no_error (error);
  while ((got = vg_body_read (body, bytes + done, SIZE - done, &error)) > 0)
    done += (gsize) got;
  g_assert_no_error (error);
  path = workdir_path (fix->dir, "raw");
  g_assert_true (g_file_get_contents (path, &raw, NULL, NULL));
  g_assert_cmpmem (bytes, 4 * 65536, raw, 4 * 65536);
  g_assert_cmpmem (bytes + 4 * 65536, done - 4 * 65536, raw + (2 << 20), 65536);
}

static void
assert_gone (VgDisk *disk)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (vg_disk_check (disk, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE);
  g_assert_nonnull (strstr (error->message, "domain test was started"));
  g_assert_nonnull (strstr (error->message, "vda"));
}

static void
test_read (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgDisk) disk = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  disk = open_disk (fix);
  read_all (disk, fix);
  read_all (disk, fix);
  g_assert_true (vg_disk_check (disk, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (qemu_count_processes (fix->socket), ==, 1);
}

static void
test_started (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgDisk) disk = NULL, again = NULL;

  if (fix->dir == NULL)
    return;
  disk = open_disk (fix);
  virDomainCreate (fix->domain);
  assert_gone (disk);
  virDomainDestroy (fix->domain);
  /* It was started: that it is shut off now doesn't help. */
  assert_gone (disk);
  g_clear_pointer (&disk, vg_disk_free);
  again = open_disk (fix);
  g_assert_true (vg_disk_check (again, NULL));
}

/* Up and down again before anybody looked. */
static void
test_started_in_between (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgDisk) disk = NULL;

  if (fix->dir == NULL)
    return;
  disk = open_disk (fix);
  virDomainCreate (fix->domain);
  virDomainDestroy (fix->domain);
  assert_gone (disk);
}

/* The hypervisor takes its lock on the image, and writes to it. */
static void
test_no_lock (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (VgDisk) disk = NULL;

  if (fix->dir == NULL)
    return;
  disk = open_disk (fix);
  g_free (qemu_run ("qemu-io", "-f", "qcow2", "-c", "write -P 9 0 64k",
                    fix->image, NULL));
  g_clear_pointer (&disk, vg_disk_free);
  g_free (qemu_run ("qemu-img", "check", "-q", fix->image, NULL));
}

/* Another process has the disk, or a layer below, to write; or comes to have
 * it; but who only reads is no harm. */
static void
test_in_use (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  const char *const reader[] = { "--read-only", NULL };
  g_autofree char *theirs = NULL, *overlay = NULL;
  g_autoptr (QemuServer) other = NULL;
  g_autoptr (VgDisk) disk = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  theirs = workdir_path (fix->dir, "theirs");
  overlay = workdir_path (fix->dir, "overlay");
  g_free (qemu_run ("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2",
                    "-b", fix->image, overlay, NULL));
  other = qemu_server_new (theirs, fix->image, "qcow2", NULL);
  fail (fix, VG_DISK_ERROR_OPEN, "image.qcow2 is in use by another process");
  vg_source_free (fix->source);
  fix->source = new_file (overlay, "qcow2");
  fail (fix, VG_DISK_ERROR_OPEN, "image.qcow2 is in use by another process");
  g_clear_pointer (&other, qemu_server_free);

  other = qemu_server_new (theirs, fix->image, "qcow2", reader);
  disk = open_disk (fix);
  g_clear_pointer (&other, qemu_server_free);
  g_assert_true (vg_disk_check (disk, NULL));
  other = qemu_server_new (theirs, overlay, "qcow2", NULL);
  g_assert_false (vg_disk_check (disk, &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN);
  virDomainCreate (fix->domain);
  assert_gone (disk);
  virDomainDestroy (fix->domain);
}

static void
test_refused (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  vg_source_free (fix->source);
  fix->source = new_file ("/nonexistent/image", "raw");
  fail (fix, VG_DISK_ERROR_OPEN, "/nonexistent/image");
  fix->source->type = VG_SOURCE_NETWORK;
  fail (fix, VG_DISK_ERROR_UNSUPPORTED, "start the domain");
}

/* It is QEMU who knows why, and it is what it says that is told: each time,
 * though it is a race whether its end or that of the connection comes first. */
static void
test_refused_by_server (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  g_free (fix->source->format);
  fix->source->format = g_strdup ("quantum");
  for (int i = 0; i < 20; i++)
    fail (fix, VG_DISK_ERROR_OPEN, "Unknown driver 'quantum'");
  g_free (fix->source->format);
  fix->source->format = g_strdup ("vmdk");
  fail (fix, VG_DISK_ERROR_OPEN, "invalid VMDK image descriptor");
}

/* A socket that can't be made. */
static void
test_no_folder (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  g_free (fix->socket);
  fix->socket = workdir_path (fix->dir, "none/socket");
  fail (fix, VG_DISK_ERROR_OPEN, "none/socket can't be made: No such file");
}

static void
test_pool_volume (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  virStoragePoolPtr pool;
  virStorageVolPtr volume;

  if (fix->dir == NULL)
    return;
  pool = virStoragePoolLookupByName (fix->connection, "default-pool");
  volume = virStorageVolCreateXML (
      pool, "<volume><name>v</name><capacity>1024</capacity></volume>", 0);
  vg_source_free (fix->source);
  fix->source = vg_source_new (VG_SOURCE_VOLUME);
  fix->source->pool = g_strdup ("default-pool");
  fix->source->volume = g_strdup ("v");
  /* The test driver's volumes have a path, and no file there. */
  fail (fix, VG_DISK_ERROR_OPEN, "/default-pool/v can't be opened");
  virStorageVolDelete (volume, 0);
  virStorageVolFree (volume);
  virStoragePoolFree (pool);
}

/* For a while, such a script is what is found as qemu-nbd. Returns the PATH to
 * be set again. */
static char *
put_in_path (const Fixture *fix, const char *script)
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
test_slow_to_listen (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *real = g_find_program_in_path ("qemu-nbd");
  g_autofree char *path = NULL, *script = NULL;
  g_autoptr (VgDisk) disk = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  script = g_strdup_printf ("sleep 0.2; exec %s \"$@\"", real);
  path = put_in_path (fix, script);
  disk = try_disk (fix, NULL, &error);
  g_setenv ("PATH", path, TRUE);
  g_assert_no_error (error);
  read_all (disk, fix);
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
test_cancelled (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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
  g_assert_null (try_disk (fix, cancellable, &error));
  g_thread_join (thread);
  g_setenv ("PATH", path, TRUE);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - began, <, PATIENCE_US);
}

static void
test_not_installed (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  if (fix->dir == NULL)
    return;
  path = g_strdup (g_getenv ("PATH"));
  g_free (fix->source->format);
  fix->source->format = NULL;
  g_setenv ("PATH", fix->dir, TRUE);
  g_assert_null (try_disk (fix, NULL, &error));
  g_setenv ("PATH", path, TRUE);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "qemu-utils"));
}

/* Starts a job that opens the disk, and kills it: once it has, or while it
 * waits for a server that doesn't answer. */
static void
kill_job (const Fixture *fix, gboolean wait)
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
test_killed (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
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
  g_autoptr (VgSource) source = new_file (image, "qcow2");
  g_autoptr (VgDisk) disk = NULL;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  host = vg_host_open (URI, NULL);
  guest = vg_guest_find (host, "test", NULL);
  disk = vg_offline_open (new_confine (guest), guest, 0, "vda", source, FALSE,
                          socket, NULL, NULL);
  if (disk == NULL || write (STDOUT_FILENO, "y", 1) != 1)
    return 1;
  for (;;)
    pause ();
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

/* The file's own bytes, whatever they are; but not if they aren't all. */
static void
test_ciphertext (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *content = NULL, *read = NULL, *top = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (VgDisk) disk = NULL;
  g_autoptr (VgMap) map = NULL;
  g_autoptr (VgBody) body = NULL;
  gsize length, done = 0;
  gssize got;

  if (fix->dir == NULL)
    return;
  g_assert_true (g_file_get_contents (fix->image, &content, &length, NULL));
  disk = vg_offline_open (new_confine (fix->guest), fix->guest,
                          vg_guest_get_epoch (fix->guest), "vda", fix->source,
                          TRUE, fix->socket, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (disk->size, ==, length);
  map = vg_map_new (length);
  vg_map_add (map, 0, length);
  body = vg_disk_open_data (disk, map, NULL, &error);
  read = g_malloc (length + 1);
  while ((got = vg_body_read (body, read + done, length + 1 - done, &error))
         > 0)
    done += (gsize) got;
  g_assert_no_error (error);
  g_assert_cmpmem (read, done, content, length);
  g_clear_pointer (&body, vg_body_free);
  g_clear_pointer (&disk, vg_disk_free);

  top = workdir_path (fix->dir, "top.qcow2");
  g_free (qemu_run ("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2",
                    "-b", fix->image, top, NULL));
  g_free (fix->source->path);
  fix->source->path = g_strdup (top);
  g_assert_null (vg_offline_open (new_confine (fix->guest), fix->guest, 0,
                                  "vda", fix->source, TRUE, fix->socket, NULL,
                                  &error));
  g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED);
}

/* Encrypted, and nobody says with which key; or in a way that isn't known. */
static void
test_no_key (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (fix->dir == NULL)
    return;
  fix->source->encryption = g_strdup ("luks");
  fail (fix, VG_DISK_ERROR_UNSUPPORTED, "names no secret for LUKS");
  g_free (fix->source->encryption);
  fix->source->encryption = g_strdup ("qcow");
  fix->source->key_uuid = g_strdup ("0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f");
  fail (fix, VG_DISK_ERROR_UNSUPPORTED, "names no secret for LUKS");
}

int
main (int argc, char **argv)
{
  if (argc == 4 && strcmp (argv[1], HOLD) == 0)
    return hold (argv[2], argv[3]);
  g_test_init (&argc, &argv, NULL);
  add ("/offline/read", test_read);
  add ("/offline/started", test_started);
  add ("/offline/started-in-between", test_started_in_between);
  add ("/offline/no-lock", test_no_lock);
  add ("/offline/in-use", test_in_use);
  add ("/offline/refused", test_refused);
  add ("/offline/refused-by-server", test_refused_by_server);
  add ("/offline/ciphertext", test_ciphertext);
  add ("/offline/no-key", test_no_key);
  add ("/offline/no-folder", test_no_folder);
  add ("/offline/pool-volume", test_pool_volume);
  add ("/offline/slow-to-listen", test_slow_to_listen);
  add ("/offline/cancelled", test_cancelled);
  add ("/offline/not-installed", test_not_installed);
  add ("/offline/killed", test_killed);
  return g_test_run ();
}

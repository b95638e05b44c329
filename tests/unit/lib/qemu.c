/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's tools for tests. */
#include "lib/qemu.h"

#include <fcntl.h>
#include <stdlib.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/pattern.h"
#include "util/json.h"

#define START_TIMEOUT_US (60 * G_USEC_PER_SEC)

gboolean
qemu_is_missing (void)
{
  static const char *const programs[] = { "qemu-img", "qemu-io", "qemu-nbd" };

  for (gsize i = 0; i < G_N_ELEMENTS (programs); i++) {
    g_autofree char *path = g_find_program_in_path (programs[i]);

    if (path == NULL) {
      g_test_skip ("qemu-img, qemu-io or qemu-nbd (Debian: qemu-utils) is not "
                   "installed");
      return TRUE;
    }
  }
  return FALSE;
}

VgConfig *
qemu_config (void)
{
  const char *const argv[] = {
    "bwrap", "--unshare-pid", "--unshare-net", "--ro-bind", "/", "/", "true",
    NULL
  };
  VgConfig *config = vg_config_new ();
  int status;

  if (geteuid () == 0)
    config->confine_helpers =
        g_spawn_sync (NULL, (char **) argv, NULL,
                      G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL
                          | G_SPAWN_STDERR_TO_DEV_NULL,
                      NULL, NULL, NULL, NULL, &status, NULL)
        && status == 0;
  return config;
}

char *
qemu_run (const char *program, ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *messages = NULL;
  const char *argument = program;
  char *out;
  va_list args;

  va_start (args, program);
  for (; argument != NULL; argument = va_arg (args, const char *))
    g_ptr_array_add (argv, (char *) argument);
  va_end (args);
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_newv (
      (const char *const *) argv->pdata,
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &out, &messages, &error);
  g_assert_no_error (error);
  if (!g_subprocess_get_successful (process))
    g_error ("%s failed: %s", program, messages);
  return out;
}

void
qemu_write_raw (const char *path, const VgMap *map, guint64 seed)
{
  Pattern pattern = { .seed = seed, .every = 1 };
  guint64 size = vg_map_get_size (map), first, n_blocks, next = 0;
  g_autofree guint8 *buffer = g_malloc (VG_MAP_BLOCK_SIZE);
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, (off_t) size), ==, 0);
  while (vg_map_next_run (map, next, &first, &n_blocks)) {
    next = first + n_blocks;
    for (guint64 block = first; block < next; block++) {
      guint64 offset = block * VG_MAP_BLOCK_SIZE;
      gsize n = (gsize) MIN (VG_MAP_BLOCK_SIZE, size - offset);

      pattern_fill (&pattern, offset, buffer, n);
      g_assert_cmpint (pwrite (fd, buffer, n, (off_t) offset), ==, (gssize) n);
    }
  }
  close (fd);
}

VgMap *
qemu_read_map (const char *name, const char *format, guint64 size)
{
  g_autofree char *text =
      format != NULL
          ? qemu_run ("qemu-img", "map", "--output=json", "-f", format, name,
                      NULL)
          : qemu_run ("qemu-img", "map", "--output=json", name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgJson) extents = vg_json_parse (text, -1, &error);
  VgMap *map = vg_map_new (size);

  g_assert_no_error (error);
  for (gsize i = 0; i < json_object_array_length (extents); i++) {
    VgJson *extent = json_object_array_get_idx (extents, i);

    if (!vg_json_get_bool (extent, "zero", FALSE))
      vg_map_add (map, (guint64) vg_json_get_int (extent, "start", 0),
                  (guint64) vg_json_get_int (extent, "length", 0));
  }
  return map;
}

/* qemu-nbd listens first, opens its image then, and at last greets clients. */
static gboolean
is_ready (const char *path)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocketConnection) connection = g_socket_client_connect (
      client, G_SOCKET_CONNECTABLE (address), NULL, NULL);
  char magic[8];
  gsize n;

  return connection != NULL
         && g_input_stream_read_all (
             g_io_stream_get_input_stream (G_IO_STREAM (connection)), magic,
             sizeof magic, &n, NULL, NULL)
         && n == sizeof magic && memcmp (magic, "NBDMAGIC", n) == 0;
}

/* Runs in the child, because a failing test can't stop it. */
static void
die_with_parent (gpointer data G_GNUC_UNUSED)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

QemuServer *
qemu_server_new (const char *socket, const char *image, const char *format,
                 const char *const *options)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  QemuServer *server = g_new0 (QemuServer, 1);
  gint64 deadline = g_get_monotonic_time () + START_TIMEOUT_US;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (argv, (char *) "qemu-nbd");
  g_ptr_array_add (argv, (char *) "--persistent");
  g_ptr_array_add (argv, (char *) "--socket");
  g_ptr_array_add (argv, (char *) socket);
  for (; options != NULL && *options != NULL; options++)
    g_ptr_array_add (argv, (char *) *options);
  if (format != NULL) {
    g_ptr_array_add (argv, (char *) "--format");
    g_ptr_array_add (argv, (char *) format);
  }
  g_ptr_array_add (argv, (char *) image);
  g_ptr_array_add (argv, NULL);
  server->socket = g_strdup (socket);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  server->process = g_subprocess_launcher_spawnv (
      launcher, (const char *const *) argv->pdata, &error);
  g_assert_no_error (error);
  while (!is_ready (socket)) {
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    g_assert_nonnull (g_subprocess_get_identifier (server->process));
    g_usleep (2000);
  }
  return server;
}

void
qemu_server_free (QemuServer *server)
{
  g_subprocess_force_exit (server->process);
  g_subprocess_wait (server->process, NULL, NULL);
  g_object_unref (server->process);
  unlink (server->socket);
  g_free (server->socket);
  g_free (server);
}

void
qemu_server_stop (QemuServer *server)
{
  pid_t pid = (pid_t) atoi (g_subprocess_get_identifier (server->process));
  siginfo_t info;

  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  g_assert_cmpint (waitid (P_PID, (id_t) pid, &info, WSTOPPED), ==, 0);
}

/* bwrap, whose arguments are those of the program in it; or what is about to
 * become that, or waits for its end. */
static gboolean
is_wrapper (const char *line)
{
  return g_str_has_prefix (line, "/usr/bin/bwrap ")
         || g_str_has_prefix (line, "/bin/sh -c ")
         || g_str_has_prefix (line, "setpriv ");
}

static guint
find_processes (const char *text, int *id)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_strdup_printf ("/proc/%s/cmdline", name);
    g_autofree char *line = NULL;
    gsize length;

    if (!g_ascii_isdigit (*name) || atoi (name) == getpid ()
        || !g_file_get_contents (path, &line, &length, NULL))
      continue;
    for (gsize i = 0; i + 1 < length; i++)
      if (line[i] == '\0')
        line[i] = ' ';
    if (strstr (line, text) != NULL && !is_wrapper (line)) {
      *id = atoi (name);
      n++;
    }
  }
  return n;
}

guint
qemu_count_processes (const char *text)
{
  int id;

  return find_processes (text, &id);
}

int
qemu_find_process (const char *text)
{
  int id = 0;

  find_processes (text, &id);
  return id;
}

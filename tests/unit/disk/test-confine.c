/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program that reads disks sees and may do, and which files it may be
 * given. Where namespaces can't be made, only the latter. */
#include "disk/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/disk.h"
#include "lib/qemu.h"
#include "lib/workdir.h"
#include "util/child.h"

/* A user who is not root, and owns nothing. */
#define NOBODY "+65534:+65534"
#define HEADER "/srv/top.qcow2"

typedef struct {
  Workdir *dir;
  VgConfig *config;
  VgConfine *confine;
  GPtrArray *files; /* of paths, admitted, for the next program */
  char *disk;       /* mode 0600, with the text "blocks" */
} Fixture;

static void
set_user (Fixture *fix, const char *label)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&fix->confine, vg_confine_free);
  fix->confine = vg_confine_new (fix->config, NULL, label, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  fix->dir = workdir_new ();
  fix->config = qemu_config ();
  fix->files = g_ptr_array_new ();
  fix->disk = workdir_file (fix->dir, "disk", "blocks");
  g_assert_cmpint (g_chmod (fix->disk, 0600), ==, 0);
  set_user (fix, NULL);
}

static void
tear_down (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  vg_confine_free (fix->confine);
  vg_config_free (fix->config);
  g_ptr_array_unref (fix->files);
  g_free (fix->disk);
  workdir_remove (fix->dir);
}

static gboolean
skip_unless_confined (const Fixture *fix)
{
  if (fix->confine->bwrap != NULL)
    return FALSE;
  g_test_skip ("namespaces can't be made here");
  return TRUE;
}

static gboolean
skip_unless_root (void)
{
  if (geteuid () == 0)
    return FALSE;
  g_test_skip ("only root can act as another user");
  return TRUE;
}

static void
admit (Fixture *fix, const char *path)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = vg_confine_admit (fix->confine, path, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (ok);
  g_ptr_array_add (fix->files, (char *) path);
}

static void
refuse (const Fixture *fix, const char *path, const char *header, int code,
        const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (vg_confine_admit (fix->confine, path, header, NULL, &error));
  g_assert_error (error, VG_DISK_ERROR, code);
  if (strstr (error->message, text) == NULL)
    g_error ("no '%s' in: %s", text, error->message);
  if (strstr (error->message, path) == NULL)
    g_error ("no '%s' in: %s", path, error->message);
  g_assert_null (vg_confine_find (fix->confine, path));
}

static GSubprocess *
spawn (const Fixture *fix, VgConfinedProgram *program, GError **error,
       const char *const *words)
{
  g_autoptr (GSubprocessLauncher) launcher = vg_child_launcher (
      (program->listens ? G_SUBPROCESS_FLAGS_STDIN_PIPE : 0)
      | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  GSubprocess *process;
  int fd;

  do
    g_ptr_array_add (argv, (char *) *words);
  while (*words++ != NULL);
  program->launcher = launcher;
  program->argv = argv;
  program->files = fix->files;
  for (guint i = 0; i < program->n_keys; i++) {
    fd = memfd_create ("key", MFD_CLOEXEC);
    g_assert_cmpint (write (fd, "secret", 6), ==, 6);
    g_assert_cmpint (lseek (fd, 0, SEEK_SET), ==, 0);
    g_subprocess_launcher_take_fd (launcher, fd, (gint) (VG_CONFINED_KEYS + i));
  }
  process = vg_confined_spawn (fix->confine, program, error);
  program->launcher = NULL;
  program->argv = NULL;
  return process;
}

/* Runs a program; returns what it prints, errors included, or NULL if it fails.
 */
static char *
run_as (const Fixture *fix, VgConfinedProgram program, char **messages,
        const char *const *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = spawn (fix, &program, &error, words);
  g_autofree char *out = NULL;

  g_assert_no_error (error);
  g_assert_true (vg_child_communicate (process, NULL, &out, messages, &error));
  g_assert_no_error (error);
  return g_subprocess_get_successful (process) ? g_steal_pointer (&out) : NULL;
}

#define run(fix, ...)                                                          \
  run_as (fix, (VgConfinedProgram){ 0 }, NULL,                                 \
          (const char *const[]){ __VA_ARGS__, NULL })

/* The view */

static void
test_view (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *other = workdir_file (fix->dir, "other", "theirs");
  g_autofree char *inside = NULL, *outside = NULL, *root = NULL, *home = NULL;

  if (skip_unless_confined (fix))
    return;
  admit (fix, fix->disk);
  inside = run (fix, "cat", fix->disk);
  g_assert_cmpstr (inside, ==, "blocks");
  outside = run (fix, "cat", other);
  g_assert_null (outside);
  root = run (fix, "ls", fix->dir);
  g_assert_cmpstr (root, ==, "disk\n");
  home = run (fix, "ls", "/etc/passwd");
  g_assert_null (home);
  g_clear_pointer (&home, g_free);
  home = run (fix, "ls", "/proc/self");
  g_assert_null (home);
}

/* Not even its own files, whatever their mode. */
static void
test_read_only (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *out = NULL, *content = NULL;

  if (skip_unless_confined (fix))
    return;
  g_assert_cmpint (g_chmod (fix->disk, 0666), ==, 0);
  admit (fix, fix->disk);
  out = run (fix, "cp", "/usr/bin/env", fix->disk);
  g_assert_null (out);
  out = run (fix, "mkdir", "/new");
  g_assert_null (out);
  g_assert_true (g_file_get_contents (fix->disk, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "blocks");
}

/* A link is a file by that name; odd names are names. */
static void
test_names (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const names[] = { "it's $(id) `id`", "-rf", "new\nline",
                                       "back\\slash \"q\"" };
  g_autofree char *link = workdir_path (fix->dir, "link");
  g_autofree char *out = NULL;

  if (skip_unless_confined (fix))
    return;
  g_assert_cmpint (symlink ("disk", link), ==, 0);
  admit (fix, link);
  out = run (fix, "cat", link);
  g_assert_cmpstr (out, ==, "blocks");
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = workdir_file (fix->dir, names[i], names[i]);
    g_autofree char *text = NULL;

    g_ptr_array_set_size (fix->files, 0);
    admit (fix, path);
    text = run (fix, "cat", path);
    g_assert_cmpstr (text, ==, names[i]);
  }
}

/* The owner of the folder has put another file there, after it was checked. */
static void
test_replaced (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  const char *const words[] = { "cat", fix->disk, NULL };
  VgConfinedProgram program = { 0 };
  g_autofree char *out = NULL, *messages = NULL;

  if (skip_unless_confined (fix))
    return;
  admit (fix, fix->disk);
  g_assert_cmpint (g_unlink (fix->disk), ==, 0);
  g_assert_cmpint (symlink ("/etc/passwd", fix->disk), ==, 0);
  out = run_as (fix, program, &messages, words);
  g_assert_null (out);
  g_assert_cmpstr (messages, ==,
                   "the files were replaced while they were opened\n");
}

/* Rights */

static char *
get_status (int pid, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", pid);
  g_autofree char *label = g_strdup_printf ("\n%s:\t", name);
  g_autofree char *text = NULL;
  const char *found;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  found = strstr (text, label);
  g_assert_nonnull (found);
  found += strlen (label);
  return g_strndup (found, strcspn (found, "\n"));
}

static void
assert_status (int pid, const char *name, const char *expected)
{
  g_autofree char *value = get_status (pid, name);

  if (!g_str_equal (value, expected))
    g_error ("%s is '%s', not '%s'", name, value, expected);
}

static void
assert_apart (int pid, const char *kind)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/ns/%s", pid, kind);
  g_autofree char *own = g_strdup_printf ("/proc/self/ns/%s", kind);
  g_autofree char *theirs = g_file_read_link (path, NULL);
  g_autofree char *ours = g_file_read_link (own, NULL);

  g_assert_nonnull (theirs);
  g_assert_cmpstr (theirs, !=, ours);
}

static int
await_process (const char *text)
{
  gint64 deadline = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  int pid;

  while ((pid = qemu_find_process (text)) == 0) {
    g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    g_usleep (2000);
  }
  return pid;
}

/* Starts one that stays, checks it by what the kernel says, and ends it. */
static void
check_process (Fixture *fix, const char *capabilities)
{
  static const char *const kinds[] = { "pid", "net", "ipc", "uts", "mnt" };
  g_autofree char *time = g_strdup_printf ("600.%d", getpid ());
  const char *const words[] = { "sleep", time, NULL };
  VgConfinedProgram program = { 0 };
  g_autoptr (GError) error = NULL;
  GSubprocess *process = spawn (fix, &program, &error, words);
  int pid;

  g_assert_no_error (error);
  pid = await_process (time);
  assert_status (pid, "NoNewPrivs", "1");
  assert_status (pid, "Seccomp", "2");
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    assert_apart (pid, kinds[i]);
  assert_status (pid, "CapEff", capabilities);
  assert_status (pid, "CapPrm", capabilities);
  if (geteuid () == 0) {
    assert_status (pid, "CapBnd", capabilities);
    assert_status (pid, "Uid", "65534\t65534\t65534\t65534");
    assert_status (pid, "Gid", "65534\t65534\t65534\t65534");
  }
  vg_confined_end (process);
  g_assert_cmpint (qemu_find_process (time), ==, 0);
}

static void
test_rights (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (skip_unless_confined (fix))
    return;
  set_user (fix, NOBODY);
  check_process (fix, "0000000000000000");
}

/* CAP_DAC_READ_SEARCH, for a file that is root's. */
static void
test_privileged (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *out = NULL;

  if (skip_unless_root () || skip_unless_confined (fix))
    return;
  set_user (fix, NOBODY);
  admit (fix, fix->disk);
  g_assert_true (vg_confine_find (fix->confine, fix->disk)->privileged);
  out = run (fix, "cat", fix->disk);
  g_assert_cmpstr (out, ==, "blocks");
  check_process (fix, "0000000000000004");
}

static void
test_filter (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const allowed[] = { "socket.socket(socket.AF_UNIX)",
                                         "os.fork() or os._exit(0)",
                                         "os.memfd_create('a')" };
  static const char *const denied[] = {
    "socket.socket(socket.AF_INET)",
    "socket.socket(socket.AF_NETLINK)",
    "socket.socket(socket.AF_VSOCK)",
    "call(libc.unshare(0x10000000))",
    "call(libc.mount(b'none', b'/usr', b'tmpfs', 0, 0))",
    "call(libc.ptrace(0, 0, 0, 0))",
    "call(libc.setns(0, 0))",
    "call(libc.open_by_handle_at(0, 0, 0))",
    "call(libc.process_vm_readv(0, 0, 0, 0, 0, 0))",
    "call(libc.syscall({'x86_64': 56}.get(os.uname().machine, 220), 0x20011,"
    " 0, 0, 0, 0))",
  };
  const char *start =
      "import ctypes, errno, os, socket\n"
      "libc = ctypes.CDLL(None, use_errno=True)\n"
      "def call(result):\n"
      "    if result < 0 and ctypes.get_errno() == errno.EPERM:\n"
      "        raise OSError(errno.EPERM, 'denied')\n";

  if (skip_unless_confined (fix))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (allowed); i++) {
    g_autofree char *text = g_strconcat (start, allowed[i], NULL);
    g_autofree char *out = run (fix, "/usr/bin/python3", "-Ic", text);

    if (out == NULL)
      g_error ("%s is denied", allowed[i]);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (denied); i++) {
    g_autofree char *text =
        g_strconcat (start, "try: ", denied[i],
                     "\nexcept OSError as e: assert e.errno in (errno.EPERM, "
                     "errno.EAFNOSUPPORT)\nelse: raise SystemExit(1)",
                     NULL);
    g_autofree char *out = run (fix, "/usr/bin/python3", "-Ic", text);

    if (out == NULL)
      g_error ("%s is allowed", denied[i]);
  }
}

/* What it is given */

static void
test_listener (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  const char *const words[] = {
    "/usr/bin/python3", "-Ic",
    "import os; e = os.environ\n"
    "print(e['LISTEN_FDS'], e['LISTEN_PID'] == str(os.getpid()))",
    NULL
  };
  VgConfinedProgram program = { .listens = TRUE };
  g_autofree char *out = run_as (fix, program, NULL, words);

  g_assert_cmpstr (out, ==, "1 True\n");
  g_clear_pointer (&out, g_free);
  fix->config->confine_helpers = FALSE;
  set_user (fix, NULL);
  out = run_as (fix, program, NULL, words);
  g_assert_cmpstr (out, ==, "1 True\n");
}

/* What the kernel makes up is nobody's disk, though root could read it. */
static void
test_kernels (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *link = workdir_path (fix->dir, "link");

  g_assert_cmpint (symlink ("/proc/self/environ", link), ==, 0);
  refuse (fix, "/proc/self/environ", NULL, VG_DISK_ERROR_UNSUPPORTED,
          "is in procfs, whose files are made up by the kernel");
  refuse (fix, "/proc/self/environ", HEADER, VG_DISK_ERROR_UNSUPPORTED,
          HEADER " names the backing file /proc/self/environ, which is in "
                 "procfs");
  refuse (fix, link, HEADER, VG_DISK_ERROR_UNSUPPORTED, "is in procfs");
  refuse (fix, "/sys/kernel/uevent_seqnum", NULL, VG_DISK_ERROR_UNSUPPORTED,
          "is in sysfs");
}

/* It ends with the pipe, whoever else forgets it. */
static void
test_end (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *time = g_strdup_printf ("601.%d", getpid ());
  const char *const words[] = { "sleep", time, NULL };
  VgConfinedProgram program = { .listens = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = NULL;

  if (skip_unless_confined (fix))
    return;
  process = spawn (fix, &program, &error, words);
  g_assert_no_error (error);
  await_process (time);
  g_assert_true (g_output_stream_close (g_subprocess_get_stdin_pipe (process),
                                        NULL, &error));
  g_assert_true (g_subprocess_wait (process, NULL, &error));
  g_assert_false (g_subprocess_get_successful (process));
  g_assert_cmpint (qemu_find_process (time), ==, 0);
}

static void
test_keys (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *first = NULL, *second = NULL, *out = NULL;
  const char *words[] = { "cat", NULL, NULL, NULL };
  VgConfinedProgram program = { .n_keys = 2 };

  if (fix->confine->bwrap != NULL)
    set_user (fix, NOBODY);
  first = g_strdup_printf ("%s/%d", vg_confined_get_key_folder (fix->confine),
                           VG_CONFINED_KEYS);
  second = g_strdup_printf ("%s/%d", vg_confined_get_key_folder (fix->confine),
                            VG_CONFINED_KEYS + 1);
  if (fix->confine->bwrap == NULL)
    return; /* test-unlock.c reads them */
  words[1] = first;
  words[2] = second;
  out = run_as (fix, program, NULL, words);
  g_assert_cmpstr (out, ==, "secretsecret");
}

static void
test_environment (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *out = NULL;

  g_setenv ("VG_TEST_SECRET", "hush", TRUE);
  out = run (fix, "env");
  g_unsetenv ("VG_TEST_SECRET");
  g_assert_nonnull (out);
  g_assert_null (strstr (out, "hush"));
}

/* A program that is not in /usr. */
static void
test_program (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *bin =
      workdir_file (fix->dir, "tool", "#!/bin/sh\necho ran $1");
  g_autofree char *out = NULL;

  g_assert_cmpint (g_chmod (bin, 0755), ==, 0);
  out = run (fix, bin, "well");
  g_assert_cmpstr (out, ==, "ran well\n");
}

static void
test_missing (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  const char *const words[] = { "vg-no-such-program", NULL };
  const char *const list[] = { "cat", NULL };
  VgConfinedProgram program = { 0 };
  g_autofree char *path = g_strdup (g_getenv ("PATH"));
  g_autofree char *bin = NULL, *cat = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (spawn (fix, &program, &error, words));
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
  set_user (fix, NULL);
  g_assert_null (spawn (fix, &program, &error, list));
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

/* Which files */

static void
test_types (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *fifo = workdir_path (fix->dir, "fifo");
  g_autofree char *none = workdir_path (fix->dir, "none");
  gint64 began = g_get_monotonic_time ();

  g_assert_cmpint (mkfifo (fifo, 0666), ==, 0);
  refuse (fix, fifo, NULL, VG_DISK_ERROR_UNSUPPORTED, "a FIFO (named pipe)");
  refuse (fix, fifo, HEADER, VG_DISK_ERROR_UNSUPPORTED,
          "the header of " HEADER " names the backing file");
  refuse (fix, fix->dir, NULL, VG_DISK_ERROR_UNSUPPORTED, "is a directory");
  refuse (fix, "/dev/zero", NULL, VG_DISK_ERROR_UNSUPPORTED,
          "is a character device");
  refuse (fix, none, NULL, VG_DISK_ERROR_OPEN, "No such file or directory");
  g_assert_cmpint (g_get_monotonic_time () - began, <, 20 * G_USEC_PER_SEC);
}

static void
test_cancelled (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (
      vg_confine_admit (fix->confine, fix->disk, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_own (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  admit (fix, fix->disk);
  g_assert_false (vg_confine_find (fix->confine, fix->disk)->privileged);
  if (geteuid () != 0)
    refuse (fix, "/etc/shadow", NULL, VG_DISK_ERROR_OPEN, "Permission denied");
}

/* What a header names must be readable for the user. */
static void
test_header (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  if (skip_unless_root ())
    return;
  set_user (fix, NOBODY);
  refuse (fix, "/etc/shadow", HEADER, VG_DISK_ERROR_UNSUPPORTED,
          "the header of " HEADER " names the backing file /etc/shadow, which "
          "QEMU's user nobody may not read");
  refuse (fix, fix->disk, HEADER, VG_DISK_ERROR_UNSUPPORTED, "<backingStore>");
  /* The mode of the file alone doesn't count: the folder is closed. */
  g_assert_cmpint (g_chmod (fix->disk, 0644), ==, 0);
  g_assert_cmpint (g_chmod (fix->dir, 0700), ==, 0);
  refuse (fix, fix->disk, HEADER, VG_DISK_ERROR_UNSUPPORTED, "nobody");
  g_assert_cmpint (g_chmod (fix->dir, 0711), ==, 0);
  g_assert_true (
      vg_confine_admit (fix->confine, fix->disk, HEADER, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (vg_confine_find (fix->confine, fix->disk)->privileged);
}

/* Groups and access lists count as well. */
static void
test_group (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *out = NULL;

  if (skip_unless_root ())
    return;
  set_user (fix, NOBODY);
  g_assert_cmpint (g_chmod (fix->dir, 0711), ==, 0);
  g_assert_cmpint (chown (fix->disk, 0, 65534), ==, 0);
  g_assert_cmpint (g_chmod (fix->disk, 0640), ==, 0);
  admit (fix, fix->disk);
  g_assert_false (vg_confine_find (fix->confine, fix->disk)->privileged);
  if (fix->confine->bwrap == NULL)
    return;
  out = run (fix, "cat", fix->disk);
  g_assert_cmpstr (out, ==, "blocks");
}

/* Root's file, named by the XML, where others could put another one. */
static void
test_unguarded (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *theirs = workdir_path (fix->dir, "theirs");
  g_autofree char *link = workdir_path (fix->dir, "theirs/link");
  g_autofree char *file = NULL;

  if (skip_unless_root ())
    return;
  set_user (fix, NOBODY);
  g_assert_cmpint (g_mkdir (theirs, 0755), ==, 0);
  file = workdir_file (fix->dir, "theirs/file", "");
  g_assert_cmpint (g_chmod (file, 0600), ==, 0);
  g_assert_cmpint (symlink (fix->disk, link), ==, 0);
  admit (fix, file);
  admit (fix, link);
  g_ptr_array_set_size (fix->confine->files, 0);
  g_assert_cmpint (g_chmod (theirs, 0775), ==, 0);
  refuse (fix, file, NULL, VG_DISK_ERROR_UNSUPPORTED, "belong to root");
  g_assert_cmpint (g_chmod (theirs, 0755), ==, 0);
  g_assert_cmpint (chown (theirs, 65534, 0), ==, 0);
  refuse (fix, file, NULL, VG_DISK_ERROR_UNSUPPORTED, "belong to root");
  /* The file is where only root can write, but the link is not. */
  refuse (fix, link, NULL, VG_DISK_ERROR_UNSUPPORTED, "belong to root");
  g_assert_cmpint (chown (theirs, 0, 0), ==, 0);
  /* A sticky directory: others can't replace what is root's. */
  g_assert_cmpint (g_chmod (theirs, 01777), ==, 0);
  admit (fix, file);
  g_assert_cmpint (chown (file, 65533, 0), ==, 0);
  refuse (fix, file, NULL, VG_DISK_ERROR_UNSUPPORTED, "belong to root");
}

static void
test_bad_label (Fixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const labels[] = { "vg-no-such-user:root", "+1", "+1:x y",
                                        "+-1:+1", "" };

  if (skip_unless_root ())
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (labels); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (vg_confine_new (fix->config, NULL, labels[i], &error));
    g_assert_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CONFINE);
  }
  set_user (fix, "nobody:root");
  g_assert_cmpuint (fix->confine->user.uid, ==, 65534);
  g_assert_cmpuint (fix->confine->user.gid, ==, 0);
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/confine/view", test_view);
  add ("/confine/read-only", test_read_only);
  add ("/confine/names", test_names);
  add ("/confine/replaced", test_replaced);
  add ("/confine/rights", test_rights);
  add ("/confine/privileged", test_privileged);
  add ("/confine/filter", test_filter);
  add ("/confine/listener", test_listener);
  add ("/confine/kernels", test_kernels);
  add ("/confine/end", test_end);
  add ("/confine/keys", test_keys);
  add ("/confine/environment", test_environment);
  add ("/confine/program", test_program);
  add ("/confine/missing", test_missing);
  g_test_add_func ("/confine/impossible", test_impossible);
  add ("/confine/types", test_types);
  add ("/confine/cancelled", test_cancelled);
  add ("/confine/own", test_own);
  add ("/confine/header", test_header);
  add ("/confine/group", test_group);
  add ("/confine/unguarded", test_unguarded);
  add ("/confine/bad-label", test_bad_label);
  return g_test_run ();
}

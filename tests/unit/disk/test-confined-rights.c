/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program that reads disks may do: its user, capabilities, namespaces
 * and system calls. */
#include <string.h>
#include <unistd.h>

#include "lib/confine-fixture.h"
#include "lib/qemu.h"

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

/* Starts one that stays, checks it by what the kernel says, and ends it. */
static void
check_process (ConfineFixture *fix, const char *capabilities)
{
  static const char *const kinds[] = { "pid", "net", "ipc", "uts", "mnt" };
  g_autofree char *time = g_strdup_printf ("600.%d", getpid ());
  const char *const words[] = { "sleep", time, NULL };
  VgConfinedProgram program = { 0 };
  g_autoptr (GError) error = NULL;
  GSubprocess *process = confine_spawn (fix, &program, &error, words);
  int pid;

  g_assert_no_error (error);
  pid = confine_await_process (time);
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
test_rights (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  if (confine_skip_unless_confined (fix))
    return;
  confine_set_user (fix, CONFINE_NOBODY);
  check_process (fix, "0000000000000000");
}

/* CAP_DAC_READ_SEARCH, for a file that is root's. */
static void
test_privileged (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *out = NULL;

  if (confine_skip_unless_root () || confine_skip_unless_confined (fix))
    return;
  confine_set_user (fix, CONFINE_NOBODY);
  confine_admit (fix, fix->disk);
  g_assert_true (vg_confine_find (fix->confine, fix->disk)->privileged);
  out = confine_run (fix, "cat", fix->disk);
  g_assert_cmpstr (out, ==, "blocks");
  check_process (fix, "0000000000000004");
}

static void
test_filter (ConfineFixture *fix, gconstpointer data G_GNUC_UNUSED)
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

  if (confine_skip_unless_confined (fix))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (allowed); i++) {
    g_autofree char *text = g_strconcat (start, allowed[i], NULL);
    g_autofree char *out = confine_run (fix, "/usr/bin/python3", "-Ic", text);

    if (out == NULL)
      g_error ("%s is denied", allowed[i]);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (denied); i++) {
    g_autofree char *text =
        g_strconcat (start, "try: ", denied[i],
                     "\nexcept OSError as e: assert e.errno in (errno.EPERM, "
                     "errno.EAFNOSUPPORT)\nelse: raise SystemExit(1)",
                     NULL);
    g_autofree char *out = confine_run (fix, "/usr/bin/python3", "-Ic", text);

    if (out == NULL)
      g_error ("%s is allowed", denied[i]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  confine_fixture_add ("/confine/rights", test_rights);
  confine_fixture_add ("/confine/privileged", test_privileged);
  confine_fixture_add ("/confine/filter", test_filter);
  return g_test_run ();
}

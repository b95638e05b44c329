/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A domain's lock: one holder at a time, and it ends with its process. */
#include "journal/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/workdir.h"

#define GUEST "2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8"
#define OTHER "d4c5b6a7-1f2e-4d3c-8b9a-0a1b2c3d4e5f"

static VgLock *
take (const char *dir, const char *uuid, const char *job)
{
  g_autoptr (GError) error = NULL;
  VgLock *lock = vg_lock_take (dir, uuid, job, &error);

  g_assert_no_error (error);
  return lock;
}

static void
assert_held (const char *dir, const char *job, const char *by)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_lock_take (dir, GUEST, job, &error));
  g_assert_error (error, VG_LOCK_ERROR, VG_LOCK_ERROR_HELD);
  g_assert_nonnull (strstr (error->message, by));
}

static void
test_one_holder (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *runtime = workdir_path (dir, "run/virt-glance");
  VgLock *lock = take (runtime, GUEST, "job-one");
  g_autoptr (VgLock) other = take (runtime, OTHER, "job-other");

  assert_held (runtime, "job-two", "job-one");
  g_assert_true (vg_lock_holds_job (runtime, GUEST, "job-one"));
  g_assert_true (vg_lock_holds_job (runtime, OTHER, "job-other"));
  g_assert_false (vg_lock_holds_job (runtime, GUEST, "job-two"));
  g_assert_false (vg_lock_holds_job (runtime, GUEST, "job"));
  vg_lock_free (lock);
  /* Its name still stands in the file. */
  g_assert_false (vg_lock_holds_job (runtime, GUEST, "job-one"));

  lock = take (runtime, GUEST, "two");
  g_assert_true (vg_lock_holds_job (runtime, GUEST, "two"));
  assert_held (runtime, "three", "job two ");
  vg_lock_free (lock);
}

static int fail_with;

/* Instead of libc's: a file system without locks, for example. */
int
fcntl (int fd, int command, ...)
{
  va_list args;
  void *argument;

  va_start (args, command);
  argument = va_arg (args, void *);
  va_end (args);
  if (fail_with == 0 || command != F_OFD_SETLK)
    return (int) syscall (SYS_fcntl, fd, command, argument);
  errno = fail_with;
  return -1;
}

static void
test_no_lock (void)
{
  static const struct {
    int number;
    gint code;
    const char *message;
  } rows[] = {
    { EAGAIN, VG_LOCK_ERROR_HELD, "job a\\x1b[31m is working" },
    { EACCES, VG_LOCK_ERROR_HELD, "is working" },
    { ENOLCK, VG_LOCK_ERROR_FAILED, "can't be locked: No locks available" },
    { EINVAL, VG_LOCK_ERROR_FAILED, "can't be locked: Invalid argument" },
  };
  g_autoptr (Workdir) dir = workdir_new ();

  vg_lock_free (take (dir, GUEST, "a\033[31m"));
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;

    fail_with = rows[i].number;
    g_assert_null (vg_lock_take (dir, GUEST, "b", &error));
    fail_with = 0;
    g_assert_error (error, VG_LOCK_ERROR, rows[i].code);
    g_test_message ("%s", error->message);
    g_assert_nonnull (strstr (error->message, rows[i].message));
  }
}

/* Looking must be in nobody's way. */
static void
test_looking (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgLock) lock = NULL;

  g_assert_false (vg_lock_holds_job (dir, GUEST, "job"));
  lock = take (dir, GUEST, "job");
  for (int i = 0; i < 100; i++)
    g_assert_true (vg_lock_holds_job (dir, GUEST, "job"));
  assert_held (dir, "two", "job");
}

/* A process that holds the lock until it is killed. */
static pid_t
fork_holder (const char *dir)
{
  int ready[2];
  char byte = 0;
  pid_t pid;

  g_assert_cmpint (pipe (ready), ==, 0);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    VgLock *lock = vg_lock_take (dir, GUEST, "forked", NULL);

    if (lock == NULL || write (ready[1], "y", 1) != 1)
      _exit (1);
    for (;;)
      pause ();
  }
  close (ready[1]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  return pid;
}

static void
test_dies_with_process (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  pid_t pid = fork_holder (dir);

  assert_held (dir, "mine", "forked");
  g_assert_true (vg_lock_holds_job (dir, GUEST, "forked"));
  kill (pid, SIGKILL);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  g_assert_false (vg_lock_holds_job (dir, GUEST, "forked"));
  vg_lock_free (take (dir, GUEST, "mine"));
}

/* What we start (qemu-nbd, a guardian) doesn't hold it any longer than we. */
static void
test_not_inherited (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  const char *argv[] = { "sleep", "60", NULL };
  VgLock *lock = take (dir, GUEST, "one");
  g_autoptr (GError) error = NULL;
  GPid pid;

  g_spawn_async (NULL, (char **) argv, NULL,
                 G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD
                     | G_SPAWN_LEAVE_DESCRIPTORS_OPEN,
                 NULL, NULL, &pid, &error);
  g_assert_no_error (error);
  vg_lock_free (lock);
  lock = vg_lock_take (dir, GUEST, "two", &error);
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
  g_assert_no_error (error);
  vg_lock_free (lock);
}

static void
test_no_folder (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autofree char *file = workdir_file (dir, "file", "");
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_lock_take (file, GUEST, "job", &error));
  g_assert_error (error, VG_LOCK_ERROR, VG_LOCK_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, file));
  g_assert_false (vg_lock_holds_job (file, GUEST, "job"));
}

/* It is told behind the job's id, which older versions read alone. */
static void
test_percent (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgLock) lock = vg_lock_take (dir, GUEST, "one", NULL);

  g_assert_cmpint (vg_lock_get_percent (dir, GUEST, "one"), ==, -1);
  vg_lock_set_percent (lock, 7);
  g_assert_cmpint (vg_lock_get_percent (dir, GUEST, "one"), ==, 7);
  vg_lock_set_percent (lock, 100);
  g_assert_cmpint (vg_lock_get_percent (dir, GUEST, "one"), ==, 100);
  g_assert_cmpint (vg_lock_get_percent (dir, GUEST, "other"), ==, -1);
  g_assert_true (vg_lock_holds_job (dir, GUEST, "one"));
  vg_lock_free (g_steal_pointer (&lock));
  lock = vg_lock_take (dir, GUEST, "next", NULL);
  g_assert_cmpint (vg_lock_get_percent (dir, GUEST, "next"), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lock/one-holder", test_one_holder);
  g_test_add_func ("/lock/no-lock", test_no_lock);
  g_test_add_func ("/lock/looking", test_looking);
  g_test_add_func ("/lock/dies-with-process", test_dies_with_process);
  g_test_add_func ("/lock/not-inherited", test_not_inherited);
  g_test_add_func ("/lock/no-folder", test_no_folder);
  g_test_add_func ("/lock/percent", test_percent);
  return g_test_run ();
}

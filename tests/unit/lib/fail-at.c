/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A library to be preloaded, in which the Nth call of a kind fails once.
 * VG_TEST_FAIL_AT is "KIND N ERRNO FILE": "write 3 28 /tmp/x". With N 0 no call
 * fails; a write with ERRNO 0 writes half of its bytes. The numbers of the
 * calls are written to the file when the process exits, a line "KIND NUMBER"
 * for each kind. The processes that it starts are spared, and so is a fake that
 * is in the same process: it is built with -finstrument-functions. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *const kinds[] = {
  "open",   "read",  "write", "fsync", "ftruncate", "rename", "link",
  "unlink", "mkdir", "chmod", "stat",  "statvfs",   "socket", "connect",
  "send",   "recv",  "pipe",  "fork",  "lock",      "thread",
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

static char kind[16], count_file[256];
static int at, error;
static atomic_int counts[N_KINDS];
static _Thread_local int in_fake; /* how many of its functions run */

__attribute__ ((constructor)) static void
read_order (void)
{
  const char *order = getenv ("VG_TEST_FAIL_AT");

  if (order == NULL
      || sscanf (order, "%15s %d %d %255s", kind, &at, &error, count_file) != 4)
    *kind = '\0';
  unsetenv ("VG_TEST_FAIL_AT");
  unsetenv ("LD_PRELOAD");
}

__attribute__ ((destructor)) static void
write_counts (void)
{
  FILE *file = *kind != '\0' ? fopen (count_file, "we") : NULL;

  if (file == NULL)
    return;
  for (size_t i = 0; i < N_KINDS; i++)
    fprintf (file, "%s %d\n", kinds[i], (int) counts[i]);
  fclose (file);
}

/* The compiler calls them at the beginning and the end of a fake's functions.
 */
void
__cyg_profile_func_enter (void *function, void *caller)
{
  (void) function;
  (void) caller;
  in_fake++;
}

void
__cyg_profile_func_exit (void *function, void *caller)
{
  (void) function;
  (void) caller;
  in_fake--;
}

/* Whether the call is to fail; then errno is set. */
static int
fails (const char *called)
{
  size_t i = 0;

  if (in_fake > 0)
    return 0;
  while (strcmp (kinds[i], called) != 0)
    i++;
  if (++counts[i] != at || strcmp (kind, called) != 0)
    return 0;
  errno = error;
  return 1;
}

/* Of files and sockets only: GLib relies on its eventfds, and on the pipe by
 * which a child says whether it runs. */
static int
fails_on_fd (const char *called, int fd)
{
  struct stat st;

  return fstat (fd, &st) == 0 && (S_ISREG (st.st_mode) || S_ISSOCK (st.st_mode))
         && fails (called);
}

/* The function of that name behind this library. */
static void *
real (const char *name)
{
  return dlsym (RTLD_NEXT, name);
}

/* A function of libc that returns -1 on failure. */
#define CALL(kind, type, name, parameters, ...)                                \
  type name parameters                                                         \
  {                                                                            \
    type (*function) parameters = (type (*) parameters) real (#name);          \
                                                                               \
    return fails (kind) ? -1 : function (__VA_ARGS__);                         \
  }

/* The same, of a descriptor. */
#define CALL_FD(kind, name, parameters, ...)                                   \
  ssize_t name parameters                                                      \
  {                                                                            \
    ssize_t (*function) parameters = (ssize_t (*) parameters) real (#name);    \
                                                                               \
    return fails_on_fd (kind, fd) ? -1 : function (__VA_ARGS__);               \
  }

/* open() and its kin: the mode is there with some flags only. */
#define OPEN(name, parameters, ...)                                            \
  int name parameters                                                          \
  {                                                                            \
    int (*function) parameters = (int (*) parameters) real (#name);            \
    va_list args;                                                              \
    mode_t mode;                                                               \
                                                                               \
    va_start (args, flags);                                                    \
    mode = va_arg (args, mode_t);                                              \
    va_end (args);                                                             \
    return fails ("open") ? -1 : function (__VA_ARGS__, mode);                 \
  }

OPEN (open, (const char *path, int flags, ...), path, flags)
OPEN (open64, (const char *path, int flags, ...), path, flags)
OPEN (openat, (int dir, const char *path, int flags, ...), dir, path, flags)
OPEN (openat64, (int dir, const char *path, int flags, ...), dir, path, flags)

DIR *
opendir (const char *path)
{
  DIR *(*function) (const char *) =
      (DIR * (*) (const char *) ) real ("opendir");

  return fails ("open") ? NULL : function (path);
}

CALL_FD ("read", read, (int fd, void *buf, size_t n), fd, buf, n)
CALL_FD ("read", pread64, (int fd, void *buf, size_t n, off64_t at_), fd, buf,
         n, at_)

/* How many of n bytes are to be written; -1: it fails. */
static ssize_t
get_part (int fd, size_t n)
{
  if (!fails_on_fd ("write", fd))
    return (ssize_t) n;
  return error == 0 ? (ssize_t) (n + 1) / 2 : -1;
}

ssize_t
write (int fd, const void *buf, size_t n)
{
  ssize_t (*function) (int, const void *, size_t) =
      (ssize_t (*) (int, const void *, size_t)) real ("write");
  ssize_t part = get_part (fd, n);

  return part < 0 ? -1 : function (fd, buf, (size_t) part);
}

ssize_t
pwrite64 (int fd, const void *buf, size_t n, off64_t offset)
{
  ssize_t (*function) (int, const void *, size_t, off64_t) =
      (ssize_t (*) (int, const void *, size_t, off64_t)) real ("pwrite64");
  ssize_t part = get_part (fd, n);

  return part < 0 ? -1 : function (fd, buf, (size_t) part, offset);
}

ssize_t
writev (int fd, const struct iovec *v, int n)
{
  ssize_t (*function) (int, const struct iovec *, int) =
      (ssize_t (*) (int, const struct iovec *, int)) real ("writev");

  return get_part (fd, 1) < 0 ? -1 : function (fd, v, n);
}

CALL ("fsync", int, fsync, (int fd), fd)
CALL ("fsync", int, fdatasync, (int fd), fd)
CALL ("ftruncate", int, ftruncate64, (int fd, off64_t size), fd, size)
CALL ("rename", int, rename, (const char *from, const char *to), from, to)
CALL ("rename", int, renameat,
      (int dir, const char *from, int other, const char *to), dir, from, other,
      to)
CALL ("link", int, linkat,
      (int dir, const char *from, int other, const char *to, int flags), dir,
      from, other, to, flags)
CALL ("unlink", int, unlink, (const char *path), path)
CALL ("unlink", int, unlinkat, (int dir, const char *path, int flags), dir,
      path, flags)
CALL ("unlink", int, rmdir, (const char *path), path)
CALL ("mkdir", int, mkdir, (const char *path, mode_t mode), path, mode)
CALL ("mkdir", int, mkdirat, (int dir, const char *path, mode_t mode), dir,
      path, mode)
CALL ("chmod", int, fchmod, (int fd, mode_t mode), fd, mode)
CALL ("chmod", int, chmod, (const char *path, mode_t mode), path, mode)
CALL ("stat", int, stat64, (const char *path, struct stat64 *st), path, st)
CALL ("stat", int, lstat64, (const char *path, struct stat64 *st), path, st)
CALL ("stat", int, access, (const char *path, int mode), path, mode)
CALL ("stat", int, fstat64, (int fd, struct stat64 *st), fd, st)
CALL ("statvfs", int, statvfs64, (const char *path, struct statvfs64 *st), path,
      st)
CALL ("socket", int, socket, (int domain, int type, int protocol), domain, type,
      protocol)
CALL ("connect", int, connect,
      (int fd, const struct sockaddr *address, socklen_t length), fd, address,
      length)
CALL ("send", ssize_t, send, (int fd, const void *buf, size_t n, int flags), fd,
      buf, n, flags)
CALL ("send", ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), fd,
      m, flags)
CALL ("recv", ssize_t, recv, (int fd, void *buf, size_t n, int flags), fd, buf,
      n, flags)
CALL ("recv", ssize_t, recvmsg, (int fd, struct msghdr *m, int flags), fd, m,
      flags)
CALL ("pipe", int, pipe2, (int fds[2], int flags), fds, flags)
CALL ("pipe", int, socketpair, (int domain, int type, int protocol, int fds[2]),
      domain, type, protocol, fds)
CALL ("fork", pid_t, fork, (void), )
CALL ("lock", int, flock, (int fd, int operation), fd, operation)

/* The commands that lock; others have arguments of other types. */
int
fcntl64 (int fd, int command, ...)
{
  int (*function) (int, int, ...) = (int (*) (int, int, ...)) real ("fcntl64");
  va_list args;
  void *argument;

  va_start (args, command);
  argument = va_arg (args, void *);
  va_end (args);
  if ((command == F_SETLK || command == F_OFD_SETLK) && fails ("lock"))
    return -1;
  return function (fd, command, argument);
}

/* These return the error's number. */
int
posix_spawn (pid_t *pid, const char *path,
             const posix_spawn_file_actions_t *actions,
             const posix_spawnattr_t *attributes, char *const argv[],
             char *const env[])
{
  int (*function) (pid_t *, const char *, const posix_spawn_file_actions_t *,
                   const posix_spawnattr_t *, char *const[], char *const[]) =
      (int (*) (pid_t *, const char *, const posix_spawn_file_actions_t *,
                const posix_spawnattr_t *, char *const[],
                char *const[])) real ("posix_spawn");

  if (fails ("fork"))
    return error;
  return function (pid, path, actions, attributes, argv, env);
}

int
pthread_create (pthread_t *thread, const pthread_attr_t *attributes,
                void *(*start) (void *), void *data)
{
  int (*function) (pthread_t *, const pthread_attr_t *, void *(*) (void *),
                   void *) =
      (int (*) (pthread_t *, const pthread_attr_t *, void *(*) (void *),
                void *)) real ("pthread_create");

  if (fails ("thread"))
    return error;
  return function (thread, attributes, start, data);
}

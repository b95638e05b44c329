/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A library to be preloaded, in which the Nth call of a kind fails once.
 * VG_TEST_FAIL_AT is "KIND N ERRNO FILE": "write 3 28 /tmp/x". With N 0 no call
 * fails. The number of the calls of that kind is written to the file when the
 * process exits. The processes that it starts are spared, and so are the paths
 * that have VG_TEST_FAIL_NOT in them: those of a fake that is in the same
 * process. */
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

static char kind[16], count_file[256], spared[256];
static int at, error;
static atomic_int count;

__attribute__ ((constructor)) static void
read_order (void)
{
  const char *order = getenv ("VG_TEST_FAIL_AT");
  const char *not = getenv ("VG_TEST_FAIL_NOT");

  if (not != NULL)
    strncpy (spared, not, sizeof spared - 1);
  if (order == NULL
      || sscanf (order, "%15s %d %d %255s", kind, &at, &error, count_file) != 4)
    *kind = '\0';
  unsetenv ("VG_TEST_FAIL_AT");
  unsetenv ("LD_PRELOAD");
}

__attribute__ ((destructor)) static void
write_count (void)
{
  FILE *file = *kind != '\0' ? fopen (count_file, "we") : NULL;

  if (file == NULL)
    return;
  fprintf (file, "%d\n", (int) count);
  fclose (file);
}

/* Whether the call is to fail; then errno is set. */
static int
fails (const char *called)
{
  if (strcmp (kind, called) != 0 || ++count != at)
    return 0;
  errno = error;
  return 1;
}

static int
fails_on (const char *called, const char *path)
{
  return (*spared == '\0' || strstr (path, spared) == NULL) && fails (called);
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

/* The same, of a path. */
#define CALL_ON(kind, path, name, parameters, ...)                             \
  int name parameters                                                          \
  {                                                                            \
    int (*function) parameters = (int (*) parameters) real (#name);            \
                                                                               \
    return fails_on (kind, path) ? -1 : function (__VA_ARGS__);                \
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
    return fails_on ("open", path) ? -1 : function (__VA_ARGS__, mode);        \
  }

OPEN (open, (const char *path, int flags, ...), path, flags)
OPEN (open64, (const char *path, int flags, ...), path, flags)
OPEN (openat, (int dir, const char *path, int flags, ...), dir, path, flags)
OPEN (openat64, (int dir, const char *path, int flags, ...), dir, path, flags)

CALL_FD ("read", read, (int fd, void *buf, size_t n), fd, buf, n)
CALL_FD ("read", pread64, (int fd, void *buf, size_t n, off64_t at_), fd, buf,
         n, at_)
CALL_FD ("write", write, (int fd, const void *buf, size_t n), fd, buf, n)
CALL_FD ("write", pwrite64, (int fd, const void *buf, size_t n, off64_t at_),
         fd, buf, n, at_)
CALL_FD ("write", writev, (int fd, const struct iovec *v, int n), fd, v, n)
CALL ("fsync", int, fsync, (int fd), fd)
CALL ("fsync", int, fdatasync, (int fd), fd)
CALL ("ftruncate", int, ftruncate64, (int fd, off64_t size), fd, size)
CALL_ON ("rename", to, rename, (const char *from, const char *to), from, to)
CALL_ON ("rename", to, renameat,
         (int dir, const char *from, int other, const char *to), dir, from,
         other, to)
CALL_ON ("unlink", path, unlink, (const char *path), path)
CALL_ON ("unlink", path, unlinkat, (int dir, const char *path, int flags), dir,
         path, flags)
CALL_ON ("unlink", path, rmdir, (const char *path), path)
CALL_ON ("mkdir", path, mkdir, (const char *path, mode_t mode), path, mode)
CALL_ON ("mkdir", path, mkdirat, (int dir, const char *path, mode_t mode), dir,
         path, mode)
CALL ("chmod", int, fchmod, (int fd, mode_t mode), fd, mode)
CALL_ON ("chmod", path, chmod, (const char *path, mode_t mode), path, mode)
CALL_ON ("stat", path, stat64, (const char *path, struct stat64 *st), path, st)
CALL_ON ("stat", path, lstat64, (const char *path, struct stat64 *st), path, st)
CALL ("stat", int, fstat64, (int fd, struct stat64 *st), fd, st)
CALL_ON ("statvfs", path, statvfs64, (const char *path, struct statvfs64 *st),
         path, st)
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

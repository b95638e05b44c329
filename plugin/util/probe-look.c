/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls the kernel alone, no library that may hold a lock: in a child process,
 * other threads of ours are gone. It asks the kernel as the user, so access
 * lists and file systems with rules of their own count. */
#include "util/probe-look.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As in Linux. */
#define MAX_LINKS 40

/* The walk along a path, one directory after the other. */
typedef struct {
  int dir;
  struct stat at; /* of dir */
  char rest[PATH_MAX];
  guint links;
} Walk;

static gboolean
enter (Walk *walk, int fd)
{
  if (fd < 0 || fstat (fd, &walk->at) < 0 || !S_ISDIR (walk->at.st_mode))
    return FALSE;
  close (walk->dir);
  walk->dir = fd;
  return TRUE;
}

static gboolean
enter_root (Walk *walk)
{
  return enter (walk, open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* Cuts the next name off the rest; FALSE at the end. */
static gboolean
next_name (Walk *walk, char *name)
{
  const char *begin = walk->rest + strspn (walk->rest, "/");
  gsize length = strcspn (begin, "/");

  if (length == 0 || length > NAME_MAX)
    return FALSE;
  memcpy (name, begin, length);
  name[length] = '\0';
  memmove (walk->rest, begin + length, strlen (begin + length) + 1);
  return TRUE;
}

/* Whether only root can replace that entry of the directory. In a sticky
 * directory others can't replace what is root's. (Access lists that let others
 * write show in the mode as the group's right.) */
static gboolean
is_fixed (const struct stat *dir, const struct stat *entry)
{
  if (dir->st_uid != 0)
    return FALSE;
  return (dir->st_mode & (S_IWGRP | S_IWOTH)) == 0
         || ((dir->st_mode & S_ISVTX) != 0 && entry->st_uid == 0);
}

/* Puts a link's target before the rest. */
static gboolean
follow (Walk *walk, int fd)
{
  char target[PATH_MAX];
  ssize_t length = readlinkat (fd, "", target, sizeof target);
  gsize rest = strlen (walk->rest);

  close (fd);
  if (length <= 0 || ++walk->links > MAX_LINKS
      || (gsize) length + rest + 1 > sizeof walk->rest)
    return FALSE;
  memmove (walk->rest + length, walk->rest, rest + 1);
  memcpy (walk->rest, target, (gsize) length);
  return target[0] != '/' || enter_root (walk);
}

/* Whether the path leads to that file, by entries that only root can replace.
 */
static gboolean
is_guarded (const char *path, const struct stat *file)
{
  Walk walk = { .dir = -1 };
  struct stat st = { 0 };
  char name[NAME_MAX + 1];

  if (path[0] != '/' || strlen (path) >= sizeof walk.rest
      || !enter_root (&walk))
    return FALSE;
  memcpy (walk.rest, path, strlen (path) + 1);
  st = walk.at;
  while (next_name (&walk, name)) {
    int fd = openat (walk.dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 || fstat (fd, &st) < 0 || !is_fixed (&walk.at, &st))
      return FALSE;
    if (S_ISLNK (st.st_mode)) {
      if (!follow (&walk, fd))
        return FALSE;
    } else if (S_ISDIR (st.st_mode) && !enter (&walk, fd))
      return FALSE;
  }
  return walk.rest[strspn (walk.rest, "/")] == '\0' && st.st_dev == file->st_dev
         && st.st_ino == file->st_ino;
}

/* (LCOV_EXCL_START) The C library's functions would change all threads, which
 * are not here. */
static gboolean
become (const VgProbeUser *user)
{
  struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

  return syscall (SYS_setgroups, user->n_groups, user->groups) == 0
         && syscall (SYS_setresgid, user->gid, user->gid, user->gid) == 0
         && syscall (SYS_setresuid, user->uid, user->uid, user->uid) == 0
         && syscall (SYS_capset, &head, none) == 0;
}
/* LCOV_EXCL_STOP */

/* O_NONBLOCK: a drive without a medium, or a lease, must not stop it. */
static int
try_open (const char *path, const struct stat *file)
{
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  struct stat st;

  if (fd < 0 || fstat (fd, &st) < 0)
    return errno;
  return st.st_dev == file->st_dev && st.st_ino == file->st_ino ? 0 : ESTALE;
}

void
vg_probe_look (const char *path, const VgProbeUser *user, VgProbe *probe)
{
  int fd = open (path, O_PATH | O_CLOEXEC);
  char link[32];
  struct statfs fs;
  struct stat st;
  ssize_t length;

  if (fd < 0 || fstat (fd, &st) < 0 || fstatfs (fd, &fs) < 0) {
    probe->error = errno;
    return;
  }
  probe->magic = (guint32) fs.f_type; /* of a signed type on some hosts */
  probe->mode = st.st_mode;
  probe->device = st.st_dev;
  probe->inode = st.st_ino;
  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink (link, probe->real, sizeof probe->real - 1);
  if (length <= 0) {
    probe->error = errno;
    return;
  }
  probe->real[length] = '\0';
  probe->guarded = is_guarded (path, &st);
  if (!S_ISREG (st.st_mode) && !S_ISBLK (st.st_mode))
    return;
  if (user->change && !become (user))
    probe->error = errno;
  else
    probe->refusal = try_open (path, &st);
}

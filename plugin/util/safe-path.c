/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resolves a path name by name, as the kernel does, with a look at who may
 * change each directory: what sshd's StrictModes and systemd's CHASE_SAFE do.
 * openat2(2) can refuse all links, but not those of other users only. */
#include "util/safe-path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/account.h"

/* The kernel's limit. */
#define MAX_LINKS 40

typedef struct {
  int fd;         /* the directory that was reached */
  char *at;       /* its path, without links */
  char *rest;     /* what is left of the path */
  guint mode;     /* of the last directory, if it is missing; or 0 */
  gboolean trial; /* nothing is made: the walk ends where one would be */
  guint links;
  char *doubt;
} Walk;

static gboolean
throw_errno (GError **error)
{
  int saved = errno;

  g_set_error_literal (error, G_FILE_ERROR, g_file_error_from_errno (saved),
                       g_strerror (saved));
  return FALSE;
}

static char *
describe_owner (const char *path, uid_t uid)
{
  g_autofree char *user = vg_account_describe_user (uid);

  return g_strdup_printf ("%s belongs to user %s", path, user);
}

static gboolean
is_trusted (uid_t uid)
{
  return uid == 0 || uid == geteuid ();
}

/* Who else may change what st is of: a clause, or NULL. */
static char *
find_doubt (const char *path, const struct stat *st)
{
  gboolean own_group = geteuid () != 0 && st->st_gid == getegid ();

  if (!is_trusted (st->st_uid))
    return describe_owner (path, st->st_uid);
  if (S_ISDIR (st->st_mode) && (st->st_mode & S_ISVTX) != 0)
    return NULL;
  if ((st->st_mode & S_IWOTH) != 0)
    return g_strdup_printf ("%s can be changed by every user", path);
  if ((st->st_mode & S_IWGRP) != 0 && !own_group)
    return g_strdup_printf ("%s can be changed by its group", path);
  return NULL;
}

/* Takes fd. */
static void
move_to (Walk *walk, int fd, char *at, const struct stat *st)
{
  close (walk->fd);
  walk->fd = fd;
  g_free (walk->at);
  walk->at = at;
  if (walk->doubt == NULL)
    walk->doubt = find_doubt (at, st);
}

/* The first name of the rest, which loses it; "" at the end. */
static char *
take_name (Walk *walk)
{
  gsize skipped = strspn (walk->rest, "/");
  gsize length = strcspn (walk->rest + skipped, "/");
  char *name = g_strndup (walk->rest + skipped, length);
  char *end = walk->rest + skipped + length;

  memmove (walk->rest, end, strlen (end) + 1);
  return name;
}

static gboolean
go_to_root (Walk *walk, GError **error)
{
  int fd = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  struct stat st;

  if (fd < 0 || fstat (fd, &st) < 0) {
    throw_errno (error);
    if (fd >= 0)
      close (fd);
    return FALSE;
  }
  move_to (walk, fd, g_strdup ("/"), &st);
  return TRUE;
}

/* The mode must not depend on the umask. */
static gboolean
make_directory (const Walk *walk, const char *name)
{
  gboolean last = walk->rest[strspn (walk->rest, "/")] == '\0';
  struct stat st;
  gboolean ok;
  int fd;

  if (mkdirat (walk->fd, name, 0700) < 0)
    return errno == EEXIST;
  fd = openat (walk->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return FALSE;
  ok = fstat (fd, &st) == 0
       && (st.st_uid != geteuid ()
           || fchmod (fd, last ? walk->mode : VG_SAFE_PATH_PASS) == 0);
  close (fd);
  return ok;
}

static int
open_name (const Walk *walk, const char *name)
{
  int fd = openat (walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

  if (fd >= 0 || errno != ENOENT || walk->mode == 0
      || !make_directory (walk, name))
    return fd;
  return openat (walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static gboolean
throw_link (const Walk *walk, const char *path, const struct stat *st,
            GError **error)
{
  g_autofree char *owner = describe_owner (path, st->st_uid);

  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_LOOP,
               "%s is a symbolic link, which is not followed, because %s", path,
               walk->doubt != NULL ? walk->doubt : owner);
  return FALSE;
}

/* fd is the link. */
static gboolean
follow (Walk *walk, int fd, const char *path, const struct stat *st,
        GError **error)
{
  char target[PATH_MAX];
  ssize_t length;
  char *rest;

  if (walk->doubt != NULL || !is_trusted (st->st_uid))
    return throw_link (walk, path, st, error);
  length = readlinkat (fd, "", target, sizeof target - 1);
  if (length >= 0 && ++walk->links > MAX_LINKS) {
    errno = ELOOP;
    length = -1;
  }
  if (length < 0)
    return throw_errno (error);
  target[length] = '\0';
  rest = g_strconcat (target, "/", walk->rest, NULL);
  g_free (walk->rest);
  walk->rest = rest;
  return *target != '/' || go_to_root (walk, error);
}

/* Goes on to a name in the directory that was reached. */
static gboolean
step (Walk *walk, const char *name, GError **error)
{
  g_autofree char *path = g_str_equal (name, "..")
                              ? g_path_get_dirname (walk->at)
                              : g_build_filename (walk->at, name, NULL);
  int fd = open_name (walk, name);
  struct stat st;
  gboolean ok = FALSE;

  if (fd < 0)
    return throw_errno (error);
  if (fstat (fd, &st) < 0) {
    throw_errno (error);
  } else if (S_ISDIR (st.st_mode)) {
    move_to (walk, fd, g_steal_pointer (&path), &st);
    return TRUE;
  } else if (S_ISLNK (st.st_mode)) {
    ok = follow (walk, fd, path, &st, error);
  } else {
    errno = ENOTDIR;
    throw_errno (error);
  }
  close (fd);
  return ok;
}

/* Whether the trial ends before that name, which would be made. */
static gboolean
ends_trial (const Walk *walk, const char *name)
{
  return walk->trial
         && faccessat (walk->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0
         && errno == ENOENT;
}

static gboolean
walk_all (Walk *walk, GError **error)
{
  for (;;) {
    g_autofree char *name = take_name (walk);

    if (*name == '\0')
      return TRUE;
    if (ends_trial (walk, name))
      return faccessat (walk->fd, ".", W_OK | X_OK, AT_EACCESS) == 0
             || throw_errno (error);
    if (!g_str_equal (name, ".") && !step (walk, name, error))
      return FALSE;
  }
}

/* Goes along path. Returns the descriptor of the directory, or -1. */
static int
go (Walk *walk, const char *path, char **doubt, GError **error)
{
  g_autofree char *whole = g_canonicalize_filename (".", NULL);
  gboolean ok;

  walk->fd = -1;
  walk->rest = g_path_is_absolute (path) ? g_strdup (path)
                                         : g_build_filename (whole, path, NULL);
  ok = go_to_root (walk, error) && walk_all (walk, error);
  g_free (walk->at);
  g_free (walk->rest);
  *doubt = walk->doubt;
  if (ok)
    return walk->fd;
  g_clear_pointer (doubt, g_free);
  if (walk->fd >= 0)
    close (walk->fd);
  return -1;
}

int
vg_safe_path_open (const char *path, guint mode, char **doubt, GError **error)
{
  Walk walk = { .mode = mode };

  return go (&walk, path, doubt, error);
}

gboolean
vg_safe_path_try (const char *path, char **doubt, GError **error)
{
  Walk walk = { .trial = TRUE };
  int fd = go (&walk, path, doubt, error);

  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

char *
vg_safe_path_doubt_file (const char *path)
{
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  char *doubt = NULL;
  struct stat st;
  int fd = vg_safe_path_open (parent, 0, &doubt, NULL);

  if (fd < 0)
    return NULL;
  /* Who may change the directory decides what the name is. What is written to
   * a character device such as /dev/null isn't what is read from it. */
  if (doubt == NULL && fstatat (fd, name, &st, 0) == 0 && !S_ISCHR (st.st_mode))
    doubt = find_doubt (path, &st);
  close (fd);
  return doubt;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All names are relative to the directory as it was opened, so that a directory
 * that is moved meanwhile keeps its file. */
#include "util/new-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define HOLE ((gsize) 4096)
#define MODE 0600
#define TRIES 100
/* Of the final name in a hidden one, whose length is limited, too. */
#define SHOWN 200

struct _VgNewFile {
  char *path;
  char *name;   /* the last part of the path */
  char *hidden; /* name in the directory now; NULL: none */
  char *shown;  /* the path with that name; kept for messages */
  char *chosen; /* the only hidden name that it may get; NULL: any */
  int directory;
  int fd;
};

/* error: an errno. */
static gboolean
throw_errno (GError **error, const char *path, const char *what, int number)
{
  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (number),
               "%s %s: %s%s", path, what, g_strerror (number),
               number == ENOSPC || number == EDQUOT
                   ? "; free some space there, or choose another directory"
                   : "");
  return FALSE;
}

static char *
get_directory (const char *path)
{
  return g_path_get_dirname (path);
}

static int
open_directory (const char *path, GError **error)
{
  g_autofree char *directory = get_directory (path);
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0 && errno == ENOENT)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                 "%s can't be created: the directory %s does not exist; make "
                 "it, or choose another one",
                 path, directory);
  else if (fd < 0)
    throw_errno (error, path, "can't be created", errno);
  return fd;
}

static const char *
name_type (mode_t mode)
{
  if (S_ISDIR (mode))
    return "a directory";
  if (S_ISLNK (mode))
    return "a symbolic link";
  return S_ISBLK (mode) ? "a block device" : "no regular file";
}

static gboolean
throw_exists (const char *path, GError **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
               "%s exists already; choose another name, or let it be replaced "
               "with --overwrite",
               path);
  return FALSE;
}

static gboolean
check_name (int directory, const char *path, const char *name,
            gboolean overwrite, GError **error)
{
  struct stat there;

  if (fstatat (directory, name, &there, AT_SYMLINK_NOFOLLOW) != 0)
    return errno == ENOENT
           || throw_errno (error, path, "can't be created", errno);
  if (S_ISREG (there.st_mode))
    return overwrite || throw_exists (path, error);
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
               "%s is %s, and only regular files are made and replaced; choose "
               "another name",
               path, name_type (there.st_mode));
  return FALSE;
}

gboolean
vg_new_file_check (const char *path, gboolean overwrite, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  int directory;
  gboolean ok;

  if (*path == '\0' || g_str_has_suffix (path, "/")) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_ISDIR,
                 "'%s' is no name of a file; give one with its directory",
                 path);
    return FALSE;
  }
  directory = open_directory (path, error);
  if (directory < 0)
    return FALSE;
  ok = check_name (directory, path, name, overwrite, error);
  close (directory);
  return ok;
}

gboolean
vg_new_file_get_space (const char *path, guint64 *bytes, GError **error)
{
  g_autofree char *directory = get_directory (path);
  struct statvfs space;

  if (statvfs (directory, &space) != 0)
    return throw_errno (error, directory, "can't be looked at", errno);
  *bytes = (guint64) space.f_bavail * space.f_frsize;
  return TRUE;
}

static char *
make_name (const VgNewFile *file)
{
  return file->chosen != NULL
             ? g_strdup (file->chosen)
             : g_strdup_printf (".%.*s.%06x", SHOWN, file->name,
                                g_random_int_range (0, 0x1000000));
}

/* Sets file->hidden to a name that make can use: TRUE, or FALSE with errno
 * EEXIST if it is in use. */
static gboolean
choose_hidden (VgNewFile *file, gboolean (*make) (VgNewFile *file))
{
  g_autofree char *directory = get_directory (file->path);
  guint tries = file->chosen != NULL ? 1 : TRIES;
  int number = EEXIST;

  for (guint i = 0; i < tries; i++) {
    file->hidden = make_name (file);
    if (make (file)) {
      g_free (file->shown);
      file->shown = g_build_filename (directory, file->hidden, NULL);
      return TRUE;
    }
    number = errno;
    g_clear_pointer (&file->hidden, g_free);
    if (number != EEXIST)
      break;
  }
  errno = number;
  return FALSE;
}

static gboolean
make_hidden (VgNewFile *file)
{
  file->fd = openat (file->directory, file->hidden,
                     O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MODE);
  return file->fd >= 0;
}

/* To a file without a name. */
static gboolean
link_as (const VgNewFile *file, const char *name)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", file->fd);

  return linkat (AT_FDCWD, link, file->directory, name, AT_SYMLINK_FOLLOW) == 0;
}

static gboolean
link_hidden (VgNewFile *file)
{
  return link_as (file, file->hidden);
}

VgNewFile *
vg_new_file_open (const char *path, GError **error)
{
  return vg_new_file_open_as (path, NULL, error);
}

VgNewFile *
vg_new_file_open_as (const char *path, const char *hidden, GError **error)
{
  g_autoptr (VgNewFile) file = g_new0 (VgNewFile, 1);

  file->fd = -1;
  file->chosen = g_strdup (hidden);
  file->path = g_strdup (path);
  file->name = g_path_get_basename (path);
  file->directory = open_directory (path, error);
  if (file->directory < 0)
    return NULL;
  file->fd =
      openat (file->directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, MODE);
  if (file->fd >= 0)
    return g_steal_pointer (&file);
  /* Not every file system has such files; an old kernel sees a directory. */
  if (((errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT
        && errno != EINVAL))
      || !choose_hidden (file, make_hidden)) {
    throw_errno (error, path, "can't be created", errno);
    return NULL;
  }
  return g_steal_pointer (&file);
}

void
vg_new_file_hide (VgNewFile *file)
{
  if (file->hidden != NULL && unlinkat (file->directory, file->hidden, 0) != 0
      && errno != ENOENT)
    g_warning ("%s stays, because it can't be removed: %s", file->shown,
               g_strerror (errno));
  g_clear_pointer (&file->hidden, g_free);
}

void
vg_new_file_free (VgNewFile *file)
{
  if (file == NULL)
    return;
  vg_new_file_hide (file);
  if (file->fd >= 0)
    close (file->fd);
  if (file->directory >= 0)
    close (file->directory);
  g_free (file->path);
  g_free (file->name);
  g_free (file->shown);
  g_free (file->chosen);
  g_free (file);
}

int
vg_new_file_get_fd (const VgNewFile *file)
{
  return file->fd;
}

static gboolean
write_data (VgNewFile *file, guint64 offset, const char *bytes, gsize n,
            GError **error)
{
  while (n > 0) {
    ssize_t done = pwrite (file->fd, bytes, n, (off_t) offset);

    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return throw_errno (error, file->path, "can't be written",
                          done < 0 ? errno : EIO);
    bytes += done;
    offset += (guint64) done;
    n -= (gsize) done;
  }
  return TRUE;
}

/* The length of the part at the beginning that is all zeroes, or has none of
 * them in a whole block; parts end at the file's blocks. */
static gsize
measure_part (guint64 offset, const char *bytes, gsize n, gboolean *zero)
{
  gsize part = 0;

  while (part < n) {
    gsize rest = HOLE - (gsize) ((offset + part) % HOLE);
    gsize block = MIN (rest, n - part);
    const char *p = bytes + part;
    gboolean is_zero =
        block == HOLE && *p == 0 && memcmp (p, p + 1, HOLE - 1) == 0;

    if (part == 0)
      *zero = is_zero;
    else if (is_zero != *zero)
      break;
    part += block;
  }
  return part;
}

gboolean
vg_new_file_write (VgNewFile *file, guint64 offset, const char *bytes, gsize n,
                   GError **error)
{
  while (n > 0) {
    gboolean zero;
    gsize part = measure_part (offset, bytes, n, &zero);

    if (!zero && !write_data (file, offset, bytes, part, error))
      return FALSE;
    offset += part;
    bytes += part;
    n -= part;
  }
  return TRUE;
}

gboolean
vg_new_file_set_length (VgNewFile *file, guint64 bytes, GError **error)
{
  return ftruncate (file->fd, (off_t) bytes) == 0
         || throw_errno (error, file->path, "can't be written", errno);
}

void
vg_new_file_start_writing (VgNewFile *file)
{
  if (sync_file_range (file->fd, 0, 0, SYNC_FILE_RANGE_WRITE) != 0)
    g_debug ("%s: writing can't be started: %s", file->path,
             g_strerror (errno));
}

const char *
vg_new_file_show (VgNewFile *file, GError **error)
{
  if (file->hidden == NULL && !choose_hidden (file, link_hidden)) {
    throw_errno (error, file->path, "can't be created", errno);
    return NULL;
  }
  return file->shown;
}

/* A file without a name can be linked to a free name, but replaces no other.
 * (renameat2() with RENAME_NOREPLACE is not in every file system.) */
static gboolean
set_name (VgNewFile *file, gboolean overwrite)
{
  if (!overwrite && file->hidden == NULL)
    return link_as (file, file->name);
  if (!overwrite) {
    if (linkat (file->directory, file->hidden, file->directory, file->name, 0)
        != 0)
      return FALSE;
    vg_new_file_hide (file);
    return TRUE;
  }
  if (file->hidden == NULL && !choose_hidden (file, link_hidden))
    return FALSE;
  if (renameat (file->directory, file->hidden, file->directory, file->name)
      != 0)
    return FALSE;
  g_clear_pointer (&file->hidden, g_free);
  return TRUE;
}

static void
sync_directory (const VgNewFile *file)
{
  if (fsync (file->directory) != 0)
    g_debug ("%s: its directory can't be written to the disk: %s", file->path,
             g_strerror (errno));
}

gboolean
vg_new_file_finish (VgNewFile *file, gboolean overwrite, GError **error)
{
  if (fsync (file->fd) != 0)
    return throw_errno (error, file->path, "can't be written", errno);
  if (!check_name (file->directory, file->path, file->name, overwrite, error))
    return FALSE;
  if (!set_name (file, overwrite))
    return errno == EEXIST
               ? throw_exists (file->path, error)
               : throw_errno (error, file->path, "can't be created", errno);
  sync_directory (file);
  return TRUE;
}

gboolean
vg_new_file_leave (VgNewFile *file, GError **error)
{
  if (fsync (file->fd) != 0)
    return throw_errno (error, file->path, "can't be written", errno);
  if (vg_new_file_show (file, error) == NULL)
    return FALSE;
  sync_directory (file);
  g_clear_pointer (&file->hidden, g_free);
  return TRUE;
}

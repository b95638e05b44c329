/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The old file gets its second name by link(2), so the disk's name never lacks
 * a file; rename(2) then replaces it. Each is forced to the disk before the
 * next: a crash of the host must not undo the first of them alone. */
#include "disk/swap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/disk.h"
#include "disk/look.h"

/* Of the disk's name in the hidden one, whose length is limited, too. */
#define SHOWN 200

/* A directory, and the three names in it. */
typedef struct {
  char *path, *new_path, *old_path;
  const char *name, *new_name, *old_name;
  int directory;
} Swap;

static void
clear_swap (Swap *swap)
{
  g_free (swap->path);
  g_free (swap->new_path);
  g_free (swap->old_path);
  if (swap->directory >= 0)
    close (swap->directory);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Swap, clear_swap)

char *
vg_swap_get_new (const char *path, const char *job)
{
  g_autofree char *directory = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *hidden =
      g_strdup_printf (".%.*s.restore-%s", SHOWN, name, job);

  return g_build_filename (directory, hidden, NULL);
}

char *
vg_swap_get_old (const char *path, const char *job)
{
  return g_strconcat (path, VG_SWAP_OLD, job, NULL);
}

static gboolean
throw_errno (GError **error, const char *path, const char *what)
{
  int number = errno;

  g_set_error (error, G_FILE_ERROR, (gint) g_file_error_from_errno (number),
               "%s %s: %s", path, what, g_strerror (number));
  return FALSE;
}

static const char *
get_name (const char *path)
{
  return strrchr (path, '/') + 1;
}

static gboolean
open_swap (Swap *swap, const char *path, const char *job, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);

  swap->path = g_strdup (path);
  swap->new_path = vg_swap_get_new (path, job);
  swap->old_path = vg_swap_get_old (path, job);
  swap->name = get_name (swap->path);
  swap->new_name = get_name (swap->new_path);
  swap->old_name = get_name (swap->old_path);
  swap->directory = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return swap->directory >= 0
         || throw_errno (error, directory, "can't be opened");
}

/* FALSE with *there unset if there is no such file. */
static gboolean
look (const Swap *swap, const char *name, struct stat *there)
{
  return fstatat (swap->directory, name, there, AT_SYMLINK_NOFOLLOW) == 0;
}

static gboolean
is_same (const struct stat *a, const struct stat *b)
{
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static gboolean
sync_names (const Swap *swap, GError **error)
{
  return fsync (swap->directory) == 0
         || throw_errno (error, swap->path,
                         "can't be exchanged, because its directory can't be "
                         "written to the disk");
}

gboolean
vg_swap_do (const char *path, const char *job, GError **error)
{
  g_auto (Swap) swap = { .directory = -1 };

  if (!open_swap (&swap, path, job, error))
    return FALSE;
  if (linkat (swap.directory, swap.name, swap.directory, swap.old_name, 0) != 0)
    return throw_errno (error, path,
                        "can't get a second name, by which the old disk would "
                        "be kept");
  if (!sync_names (&swap, error))
    return FALSE;
  if (renameat (swap.directory, swap.new_name, swap.directory, swap.name) != 0)
    return throw_errno (error, path, "can't be replaced");
  return sync_names (&swap, error);
}

/* Its data would be lost at the end of the guest. */
static gboolean
check_unused (const char *path, GError **error)
{
  return vg_disk_check_no_writer (
      path,
      "made the old disk again: a running guest writes to it; shut the guest "
      "off, and run 'virt-glance recover'",
      NULL, error);
}

gboolean
vg_swap_undo (const char *path, const char *job, GError **error)
{
  g_auto (Swap) swap = { .directory = -1 };
  struct stat disk, old;
  gboolean there;

  if (!open_swap (&swap, path, job, error))
    return FALSE;
  there = look (&swap, swap.name, &disk);
  if (!there && errno != ENOENT)
    return throw_errno (error, path, "can't be looked at");
  /* Without the disk its file system may not be mounted. */
  if (!look (&swap, swap.old_name, &old))
    return (there && errno == ENOENT)
           || throw_errno (error, swap.old_path, "can't be looked at");
  /* rename(2) leaves two names of one file as they are. */
  if (there && is_same (&disk, &old)) {
    if (unlinkat (swap.directory, swap.old_name, 0) != 0)
      return throw_errno (error, swap.old_path, "can't be removed");
    return sync_names (&swap, error);
  }
  if (there && !check_unused (path, error))
    return FALSE;
  if (renameat (swap.directory, swap.old_name, swap.directory, swap.name) != 0)
    return throw_errno (error, path, "can't be made the old disk again");
  return sync_names (&swap, error);
}

gboolean
vg_swap_is_done (const char *path, const char *job)
{
  g_auto (Swap) swap = { .directory = -1 };
  struct stat disk, old, new;

  return open_swap (&swap, path, job, NULL) && look (&swap, swap.old_name, &old)
         && look (&swap, swap.name, &disk) && !is_same (&disk, &old)
         && !look (&swap, swap.new_name, &new) && errno == ENOENT;
}

gboolean
vg_swap_remove_new (const char *new_path, GError **error)
{
  return unlink (new_path) == 0 || errno == ENOENT
         || throw_errno (error, new_path, "can't be removed");
}

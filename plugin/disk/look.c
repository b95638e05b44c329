/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the child process does: see VgLook. */
#include "disk/look.h"

#include <fcntl.h>
#include <unistd.h>

#include "disk/disk.h"

/* The first of the bytes of a file that stand for permissions, and the index of
 * the one for writing. QEMU's releases all use the same (block/file-posix.c),
 * because they must respect each other's locks. */
#define PERMISSIONS 100
#define PERMISSION_WRITE 1

gboolean
vg_disk_throw_look (GError **error, GError *why)
{
  if (!g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    why->code = g_error_matches (why, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
                    ? VG_DISK_ERROR_UNREACHABLE
                    : VG_DISK_ERROR_OPEN;
    why->domain = VG_DISK_ERROR;
  }
  g_propagate_error (error, why);
  return FALSE;
}

/* Lets a child look, and turns its errors. */
static gboolean
ask (VgLook look, const char *const *paths, gsize n, gpointer answers,
     gsize size, GCancellable *cancellable, GError **error)
{
  GError *why = NULL;

  return vg_look_ask (look, NULL, paths, n, answers, size, cancellable, &why)
         || vg_disk_throw_look (error, why);
}

gboolean
vg_disk_look (const char *const *paths, gsize n, VgFileFacts *facts,
              GCancellable *cancellable, GError **error)
{
  GError *why = NULL;

  return vg_look_at_files (paths, n, facts, cancellable, &why)
         || vg_disk_throw_look (error, why);
}

/* (LCOV_EXCL_START) In the child.
 *
 * O_NONBLOCK: a FIFO or a drive without a medium must not stop it. */
static int
open_file (const char *path)
{
  return open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static void
look_for_header (const char *path, gconstpointer data G_GNUC_UNUSED,
                 gpointer answer)
{
  VgDiskHeader *header = answer;
  int fd = open_file (path);
  ssize_t n = fd >= 0 ? pread (fd, header->bytes, VG_DISK_HEADER, 0) : -1;

  header->length = (gsize) MAX (n, 0);
  if (fd >= 0)
    close (fd);
}
/* LCOV_EXCL_STOP */

gboolean
vg_disk_read_header (const char *path, VgDiskHeader *header,
                     GCancellable *cancellable, GError **error)
{
  return ask (look_for_header, &path, 1, header, sizeof *header, cancellable,
              error);
}

/* (LCOV_EXCL_START) In the child. Files that can't be opened or have no locks
 * are left to the reader's errors. */
static void
look_for_writer (const char *path, gconstpointer data G_GNUC_UNUSED,
                 gpointer answer)
{
  struct flock lock = { .l_type = F_WRLCK,
                        .l_whence = SEEK_SET,
                        .l_start = PERMISSIONS + PERMISSION_WRITE,
                        .l_len = 1 };
  gboolean *held = answer;
  int fd = open_file (path);

  if (fd < 0)
    return;
  *held = fcntl (fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  close (fd);
}
/* LCOV_EXCL_STOP */

gboolean
vg_disk_find_writer (const char *const *paths, gsize n, int *writer,
                     GCancellable *cancellable, GError **error)
{
  g_autofree gboolean *held = g_new (gboolean, n);

  *writer = -1;
  if (!ask (look_for_writer, paths, n, held, sizeof *held, cancellable, error))
    return FALSE;
  for (gsize i = n; i > 0; i--)
    if (held[i - 1])
      *writer = (int) i - 1;
  return TRUE;
}

gboolean
vg_disk_check_no_writer (const char *path, const char *end,
                         GCancellable *cancellable, GError **error)
{
  int writer;

  if (!vg_disk_find_writer (&path, 1, &writer, cancellable, error))
    return FALSE;
  if (writer < 0)
    return TRUE;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_BUSY, "%s can't be %s", path,
               end);
  return FALSE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Queries QEMU's image locks from outside. A process with an image open for
 * writing holds a lock on one byte of the file (QEMU: block/file-posix.c, and
 * qemu(1) on "locking"). All releases use the same byte, because they must
 * respect each other's locks. qemu-img would query by taking the lock, and a
 * domain started in that moment would fail; F_OFD_GETLK only queries. */
#include "disk/image-lock.h"

#include <fcntl.h>
#include <unistd.h>

#include "disk/disk.h"

/* The first of the permission bytes, and the index of the one for writing. */
#define PERMISSIONS 100
#define PERMISSION_WRITE 1

#define PATIENCE_US (2 * G_USEC_PER_SEC)
#define PAUSE_US (G_USEC_PER_SEC / 20)

/* Files that can't be opened or have no locks are left to the reader's errors.
 */
static gboolean
has_writer (const char *path)
{
  struct flock lock = { .l_type = F_WRLCK,
                        .l_whence = SEEK_SET,
                        .l_start = PERMISSIONS + PERMISSION_WRITE,
                        .l_len = 1 };
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  gboolean held;

  if (fd < 0)
    return FALSE;
  held = fcntl (fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  close (fd);
  return held;
}

gboolean
vg_image_lock_check (VgJson *chain, GError **error)
{
  for (; chain != NULL; chain = vg_json_get (chain, "backing")) {
    VgJson *file = vg_json_get (chain, "file");
    const char *path = vg_json_get_string (file, "filename");

    if (path == NULL || !has_writer (path))
      continue;
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
                 "%s is in use by another process that may write to it, such "
                 "as another domain or a qemu-nbd; stop it and try again",
                 path);
    return FALSE;
  }
  return TRUE;
}

gboolean
vg_image_lock_await_none (VgJson *chain, GCancellable *cancellable,
                          GError **error)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_US;

  for (;;) {
    g_autoptr (GError) why = NULL;

    if (vg_image_lock_check (chain, &why))
      return TRUE;
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    if (g_get_monotonic_time () > deadline) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
    g_usleep (PAUSE_US);
  }
}

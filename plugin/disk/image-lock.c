/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's image locks, looked at from outside. Who has an image open to write
 * holds a lock on one byte of the file (QEMU: block/file-posix.c, and qemu(1)
 * on "locking"), and all releases use the same one, for they must respect each
 * other's. Asking for it as qemu-img would means to take it, and then a domain
 * that is started in that moment fails; F_OFD_GETLK only looks. */
#include "disk/image-lock.h"

#include <fcntl.h>
#include <unistd.h>

#include "disk/disk.h"

/* The first of the bytes that tell who does what, and writing among these. */
#define PERMISSIONS 100
#define PERMISSION_WRITE 1

#define PATIENCE_US (2 * G_USEC_PER_SEC)
#define PAUSE_US (G_USEC_PER_SEC / 20)

/* What can't be opened, or has no locks, is for whoever reads it to tell. */
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

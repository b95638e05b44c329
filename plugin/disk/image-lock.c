/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Queries QEMU's image locks from outside. A process with an image open for
 * writing holds a lock on one byte of the file (QEMU: block/file-posix.c, and
 * qemu(1) on "locking"). All releases use the same byte, because they must
 * respect each other's locks. qemu-img would query by taking the lock, and a
 * domain started in that moment would fail; F_OFD_GETLK only queries. */
#include "disk/image-lock.h"

#include "disk/disk.h"
#include "disk/layers.h"
#include "disk/look.h"

#define PATIENCE_US (2 * G_USEC_PER_SEC)
#define PAUSE_US (G_USEC_PER_SEC / 20)

gboolean
vg_image_lock_check (VgJson *chain, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) files = vg_chain_list_files (chain);
  int writer;

  if (!vg_disk_find_writer ((const char *const *) files->pdata, files->len,
                            &writer, cancellable, error))
    return FALSE;
  if (writer < 0)
    return TRUE;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
               "%s is in use by another process that may write to it, such as "
               "another domain or a qemu-nbd; stop it and try again",
               (char *) files->pdata[writer]);
  return FALSE;
}

gboolean
vg_image_lock_await_none (VgJson *chain, GCancellable *cancellable,
                          GError **error)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_US;

  for (;;) {
    g_autoptr (GError) why = NULL;

    if (vg_image_lock_check (chain, cancellable, &why))
      return TRUE;
    if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED)
        || g_get_monotonic_time () > deadline) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
    g_usleep (PAUSE_US);
  }
}

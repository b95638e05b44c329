/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One connection to an NBD export. */
#include "disk/nbd.h"

#include <string.h>

#include "disk/disk.h"

VgNbd *
vg_nbd_connect (const char *socket, const char *export, GError **error)
{
  g_autoptr (VgNbd) nbd = nbd_create ();

  if (nbd == NULL || nbd_set_export_name (nbd, export) < 0
      || nbd_add_meta_context (nbd, LIBNBD_CONTEXT_BASE_ALLOCATION) < 0
#if LIBNBD_HAVE_NBD_SET_PREAD_INITIALIZE
      || nbd_set_pread_initialize (nbd, false) < 0
#endif
      || nbd_connect_unix (nbd, socket) < 0) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
                 "the NBD export '%s' can't be opened: %s", export,
                 nbd_get_error ());
    return NULL;
  }
  return g_steal_pointer (&nbd);
}

gboolean
vg_nbd_is_down (VgNbd *nbd)
{
  return nbd_aio_is_dead (nbd) == 1 || nbd_aio_is_closed (nbd) == 1;
}

gboolean
vg_nbd_throw (VgNbd *nbd, guint64 offset, GError **error)
{
  if (vg_nbd_is_down (nbd))
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_CLOSED,
                 "the hypervisor closed the connection at offset "
                 "%" G_GUINT64_FORMAT,
                 offset);
  else
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_READ,
                 "reading at offset %" G_GUINT64_FORMAT " failed: %s", offset,
                 nbd_get_error ());
  return FALSE;
}

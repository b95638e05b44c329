/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One connection to an NBD export. */
#include "disk/nbd.h"

#include <errno.h>
#include <string.h>

#include "disk/disk.h"

/* Time limit for a server to answer a new connection. */
#define ANSWER_TIMEOUT_US (30 * G_USEC_PER_SEC)

/* Interval between checks for cancellation, in ms. */
#define POLL_MS 200

static gboolean
throw_open (GError **error, VgDiskError code, const char *export,
            const char *why)
{
  g_set_error (error, VG_DISK_ERROR, code,
               "the NBD export '%s' can't be opened: %s", export, why);
  return FALSE;
}

/* Nobody listens, or not any more: other errors, such as a lack of descriptors,
 * are no sign of that. */
static gboolean
throw_connect (GError **error, const char *export)
{
  int number = nbd_get_errno ();

  return throw_open (error,
                     number == ECONNREFUSED || number == ENOENT
                         ? VG_DISK_ERROR_CLOSED
                         : VG_DISK_ERROR_OPEN,
                     export, nbd_get_error ());
}

/* libnbd has no error number for a server that ends the connection. */
static gboolean
throw_handshake (VgNbd *nbd, GError **error, const char *export)
{
  int number = nbd_get_errno ();

  if (nbd_aio_is_closed (nbd) == 1)
    return throw_open (error, VG_DISK_ERROR_CLOSED, export,
                       "the server closed the connection");
  return throw_open (error,
                     number == 0 || number == ECONNRESET || number == EPIPE
                         ? VG_DISK_ERROR_CLOSED
                         : VG_DISK_ERROR_OPEN,
                     export, nbd_get_error ());
}

/* The kernel accepts connections even if the server hangs, for example on its
 * disk. */
static gboolean
await_answer (VgNbd *nbd, const char *export, GCancellable *cancellable,
              GError **error)
{
  gint64 deadline = g_get_monotonic_time () + ANSWER_TIMEOUT_US;

  while (nbd_aio_is_ready (nbd) != 1) {
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    if (g_get_monotonic_time () > deadline)
      return throw_open (error, VG_DISK_ERROR_OPEN, export,
                         "the server doesn't answer");
    if (nbd_poll (nbd, POLL_MS) < 0)
      return throw_handshake (nbd, error, export);
  }
  return TRUE;
}

VgNbd *
vg_nbd_connect (const char *socket, const char *export,
                GCancellable *cancellable, GError **error)
{
  g_autoptr (VgNbd) nbd = nbd_create ();

  if (nbd == NULL || nbd_set_export_name (nbd, export) < 0
      || nbd_add_meta_context (nbd, LIBNBD_CONTEXT_BASE_ALLOCATION) < 0
#if LIBNBD_HAVE_NBD_SET_PREAD_INITIALIZE
      || nbd_set_pread_initialize (nbd, false) < 0
#endif
      || nbd_aio_connect_unix (nbd, socket) < 0) {
    throw_connect (error, export);
    return NULL;
  }
  return await_answer (nbd, export, cancellable, error) ? g_steal_pointer (&nbd)
                                                        : NULL;
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

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One connection to an NBD export, and the map of its data. */
#include "disk/nbd.h"

#include <string.h>

#include "disk/disk.h"

/* How much one request for block status covers: the protocol counts in 32
 * bits, and servers stop sooner where they like. */
#define STATUS_LENGTH ((guint64) 2 << 30)

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

typedef struct {
  VgMap *map;
  guint64 end; /* of what was told so far */
} MapState;

static int
on_extents (void *data, const char *context, uint64_t offset, uint32_t *entries,
            size_t n_entries, int *nbd_error)
{
  MapState *state = data;

  if (*nbd_error != 0 || strcmp (context, LIBNBD_CONTEXT_BASE_ALLOCATION) != 0)
    return 0;
  for (size_t i = 0; i + 1 < n_entries; i += 2) {
    /* A hole that isn't zero may hold anything: it is read. */
    if ((entries[i + 1] & LIBNBD_STATE_ZERO) == 0)
      vg_map_add (state->map, offset, entries[i]);
    offset += entries[i];
  }
  state->end = MAX (state->end, offset);
  return 0;
}

gboolean
vg_nbd_read_map (VgNbd *nbd, VgMap *map, GCancellable *cancellable,
                 GError **error)
{
  guint64 size = vg_map_get_size (map);
  MapState state = { map, 0 };

  if (nbd_can_meta_context (nbd, LIBNBD_CONTEXT_BASE_ALLOCATION) != 1) {
    vg_map_add (map, 0, size);
    return TRUE;
  }
  while (state.end < size) {
    guint64 start = state.end;
    nbd_extent_callback on_reply = { .callback = on_extents,
                                     .user_data = &state };

    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    if (nbd_block_status (nbd, MIN (STATUS_LENGTH, size - start), start,
                          on_reply, 0)
        < 0)
      return vg_nbd_throw (nbd, start, error);
    if (state.end <= start) {
      g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_READ,
                   "the server doesn't tell which blocks hold data at offset "
                   "%" G_GUINT64_FORMAT,
                   start);
      return FALSE;
    }
  }
  return TRUE;
}

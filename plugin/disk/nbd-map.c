/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The map of an NBD export's data. QEMU takes a microsecond for every 32 MiB of
 * a qcow2 file, half a second for 16 TiB; several requests are in flight at a
 * time, so that QEMU never waits for us. */
#include <string.h>

#include "disk/disk.h"
#include "disk/nbd.h"

/* Length of one request: the protocol uses 32 bits. Servers may answer for
 * less; then the rest is requested again. */
#define STATUS_LENGTH (((guint64) 4 << 30) - VG_MAP_BLOCK_SIZE)
#define N_REQUESTS 8

/* Interval between checks for cancellation, in ms. */
#define POLL_MS 200

typedef struct {
  VgMap *map;
  guint64 start, told, end; /* bytes; [start, told) is in the map */
  gboolean done;
  int error; /* errno, or 0 */
} Request;

typedef struct {
  VgNbd *nbd;
  VgMap *map;
  guint64 next; /* the first byte not requested yet */
  Request requests[N_REQUESTS];
} Reading;

static int
on_extents (void *data, const char *context, uint64_t offset, uint32_t *entries,
            size_t n_entries, int *nbd_error)
{
  Request *request = data;

  if (*nbd_error != 0 || strcmp (context, LIBNBD_CONTEXT_BASE_ALLOCATION) != 0)
    return 0;
  for (size_t i = 0; i + 1 < n_entries; i += 2) {
    /* A hole that isn't zero may contain anything, so it is read. */
    if ((entries[i + 1] & LIBNBD_STATE_ZERO) == 0)
      vg_map_add (request->map, offset, entries[i]);
    offset += entries[i];
  }
  request->told = MAX (request->told, offset);
  return 0;
}

static int
on_completion (void *data, int *error)
{
  Request *request = data;

  request->done = TRUE;
  request->error = *error;
  return 1;
}

/* Requests the part without an answer so far. */
static gboolean
request_extents (Reading *reading, Request *request, GError **error)
{
  nbd_extent_callback on_reply = { .callback = on_extents,
                                   .user_data = request };
  nbd_completion_callback on_done = { .callback = on_completion,
                                      .user_data = request };

  request->start = request->told;
  request->done = FALSE;
  if (nbd_aio_block_status (reading->nbd, request->end - request->start,
                            request->start, on_reply, on_done, 0)
      < 0)
    return vg_nbd_throw (reading->nbd, request->start, error);
  return TRUE;
}

/* Requests the next part of the disk, if any. */
static gboolean
ask_next (Reading *reading, Request *request, GError **error)
{
  guint64 size = vg_map_get_size (reading->map);

  if (reading->next == size)
    return TRUE;
  request->told = reading->next;
  request->end = MIN (request->told + STATUS_LENGTH, size);
  reading->next = request->end;
  return request_extents (reading, request, error);
}

/* Handles an answer. */
static gboolean
go_on (Reading *reading, Request *request, GError **error)
{
  if (request->error != 0) {
    if (vg_nbd_is_down (reading->nbd))
      return vg_nbd_throw (reading->nbd, request->start, error);
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_READ,
                 "the server can't tell which blocks hold data at offset "
                 "%" G_GUINT64_FORMAT ": %s",
                 request->start, g_strerror (request->error));
    return FALSE;
  }
  if (request->told <= request->start) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_READ,
                 "the server doesn't tell which blocks hold data at offset "
                 "%" G_GUINT64_FORMAT,
                 request->start);
    return FALSE;
  }
  return request->told < request->end
             ? request_extents (reading, request, error)
             : ask_next (reading, request, error);
}

/* Whether any answer is pending. */
static gboolean
is_waiting (const Reading *reading)
{
  for (guint i = 0; i < N_REQUESTS; i++)
    if (reading->requests[i].told < reading->requests[i].end)
      return TRUE;
  return FALSE;
}

static gboolean
read_all (Reading *reading, GCancellable *cancellable, GError **error)
{
  for (guint i = 0; i < N_REQUESTS; i++)
    if (!ask_next (reading, &reading->requests[i], error))
      return FALSE;
  while (is_waiting (reading)) {
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    if (nbd_poll (reading->nbd, POLL_MS) < 0)
      return vg_nbd_throw (reading->nbd, reading->requests[0].start, error);
    for (guint i = 0; i < N_REQUESTS; i++) {
      Request *request = &reading->requests[i];

      if (!request->done)
        continue;
      request->done = FALSE;
      if (!go_on (reading, request, error))
        return FALSE;
    }
  }
  return TRUE;
}

gboolean
vg_nbd_read_map (VgNbd *nbd, VgMap *map, GCancellable *cancellable,
                 GError **error)
{
  Reading reading = { .nbd = nbd, .map = map };

  if (nbd_can_meta_context (nbd, LIBNBD_CONTEXT_BASE_ALLOCATION) != 1) {
    vg_map_add (map, 0, vg_map_get_size (map));
    return TRUE;
  }
  for (guint i = 0; i < N_REQUESTS; i++)
    reading.requests[i].map = map;
  return read_all (&reading, cancellable, error);
}

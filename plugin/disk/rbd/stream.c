/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A snapshot of an RBD image as a disk. The map comes from the difference to an
 * empty image, the bytes from librbd's asynchronous reads; an eventfd signals
 * their completion. */
#include "disk/rbd/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "disk/rbd/private.h"
#include "disk/read-ahead.h"

/* Length of the disk to map between checks for cancellation. */
#define SLICE_LENGTH ((guint64) 64 << 30)

#define N_EVENTS 64

typedef struct {
  VgDisk base;
  VgCluster *cluster;
  char *name, *snapshot;
  VgRbdImage *image;
  guint64 snapshot_id;
} RbdDisk;

/* A reader, with its own image, since an image has one eventfd. */
typedef struct {
  const RbdDisk *disk;
  VgRbdImage *image;
  int fd;
  guint n_pending; /* reads in progress in librbd */
} Stream;

static gboolean
throw_read (const RbdDisk *disk, int result, guint64 offset, GError **error)
{
  g_autoptr (GError) why = NULL;

  vg_rbd_throw (disk->cluster, result, &why,
                "reading snapshot %s of RBD image %s at offset "
                "%" G_GUINT64_FORMAT " failed",
                disk->snapshot, disk->name, offset);
  if (why->code == VG_DISK_ERROR_OPEN)
    why->code = VG_DISK_ERROR_READ;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

typedef struct {
  guint64 offset, end;
} Run;

typedef struct {
  VgMap *map;   /* marks existing data; or */
  GArray *runs; /* collects them */
  GCancellable *cancellable;
} Mapping;

static int
on_extent (uint64_t offset, size_t length, int exists, void *data)
{
  Mapping *mapping = data;
  Run run = { offset, offset + length };
  GArray *runs = mapping->runs;

  if (exists && mapping->map != NULL)
    vg_map_add (mapping->map, offset, length);
  else if (exists && runs->len > 0
           && g_array_index (runs, Run, runs->len - 1).end == offset)
    g_array_index (runs, Run, runs->len - 1).end = run.end;
  else if (exists)
    g_array_append_val (runs, run);
  return g_cancellable_is_cancelled (mapping->cancellable) ? -ECANCELED : 0;
}

/* Whether the image has a valid object map. */
static gboolean
has_object_map (rbd_image_t image)
{
  guint64 features, flags;

  return rbd_get_features (image, &features) >= 0
         && rbd_get_flags (image, &flags) >= 0
         && (features & RBD_FEATURE_FAST_DIFF) != 0
         && (flags & RBD_FLAG_FAST_DIFF_INVALID) == 0;
}

static gboolean
iterate_extents (RbdDisk *disk, const Run *run, Mapping *mapping,
                 GError **error)
{
  int result = rbd_diff_iterate2 (
      disk->image->handle, NULL, run->offset, run->end - run->offset, 1,
      mapping->map == NULL ? 1 : 0, on_extent, mapping);

  if (g_cancellable_set_error_if_cancelled (mapping->cancellable, error))
    return FALSE;
  return result >= 0 || throw_read (disk, result, run->offset, error);
}

/* Queries the allocation in each object; with an object map, only in existing
 * objects. */
static gboolean
map_slice (RbdDisk *disk, const Run *slice, gboolean by_object_map, VgMap *map,
           GCancellable *cancellable, GError **error)
{
  g_autoptr (GArray) runs = g_array_new (FALSE, FALSE, sizeof (Run));
  Mapping coarse = { NULL, runs, cancellable };
  Mapping fine = { map, NULL, cancellable };

  if (!by_object_map)
    return iterate_extents (disk, slice, &fine, error);
  if (!iterate_extents (disk, slice, &coarse, error))
    return FALSE;
  for (guint i = 0; i < runs->len; i++)
    if (!iterate_extents (disk, &g_array_index (runs, Run, i), &fine, error))
      return FALSE;
  return TRUE;
}

static gboolean
rbd_disk_read_map (VgDisk *base, VgMap *map, GCancellable *cancellable,
                   GError **error)
{
  RbdDisk *disk = (RbdDisk *) base;
  gboolean by_object_map = has_object_map (disk->image->handle);
  Run slice = { 0, 0 };

  while (slice.end < base->size) {
    slice.offset = slice.end;
    slice.end = MIN (slice.offset + SLICE_LENGTH, base->size);
    if (!map_slice (disk, &slice, by_object_map, map, cancellable, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
stream_submit (gpointer transport, VgPiece *piece, GError **error)
{
  Stream *stream = transport;
  rbd_completion_t completion;
  int result = rbd_aio_create_completion (piece, NULL, &completion);

  if (result < 0)
    return throw_read (stream->disk, result, piece->offset, error);
  result = rbd_aio_read (stream->image->handle, piece->offset, piece->length,
                         (char *) piece->buffer, completion);
  if (result < 0) {
    rbd_aio_release (completion);
    return throw_read (stream->disk, result, piece->offset, error);
  }
  stream->n_pending++;
  return TRUE;
}

static void
finish_piece (Stream *stream, rbd_completion_t completion)
{
  VgPiece *piece = rbd_aio_get_arg (completion);
  gssize got = rbd_aio_get_return_value (completion);

  if (got < 0)
    piece->error = (int) -got;
  else if (got != (gssize) piece->length)
    piece->error = EIO;
  piece->done = TRUE;
  rbd_aio_release (completion);
  stream->n_pending--;
}

/* Returns 0, or a negative errno. */
static int
take_in (Stream *stream, int timeout_ms)
{
  struct pollfd pollfd = { .fd = stream->fd, .events = POLLIN };
  rbd_completion_t completions[N_EVENTS];
  guint64 count;
  int n = poll (&pollfd, 1, timeout_ms);

  if (n < 0 && errno != EINTR)
    return -errno;
  if (n <= 0)
    return 0;
  if (read (stream->fd, &count, sizeof count) < 0 && errno != EAGAIN)
    return -errno;
  do {
    n = rbd_poll_io_events (stream->image->handle, completions, N_EVENTS);
    for (int i = 0; i < n; i++)
      finish_piece (stream, completions[i]);
  } while (n == N_EVENTS);
  return MIN (n, 0);
}

static gboolean
stream_progress (gpointer transport, const VgPiece *next, int timeout_ms,
                 GError **error)
{
  Stream *stream = transport;
  int result = take_in (stream, timeout_ms);

  return result >= 0 || throw_read (stream->disk, result, next->offset, error);
}

static void
stream_throw_piece (gpointer transport, const VgPiece *piece, GError **error)
{
  Stream *stream = transport;

  throw_read (stream->disk, -piece->error, piece->offset, error);
}

/* librbd writes to the pieces' buffers until the reads are done, which takes a
 * bounded time (see cluster.h). */
static gboolean
stream_reset (gpointer transport, GError **error)
{
  Stream *stream = transport;
  int result = 0;

  while (stream->n_pending > 0 && result >= 0)
    result = take_in (stream, -1);
  return result >= 0 || throw_read (stream->disk, result, 0, error);
}

static void
stream_free (gpointer transport)
{
  Stream *stream = transport;

  stream_reset (stream, NULL);
  if (stream->image != NULL)
    vg_rbd_image_close (stream->image);
  if (stream->fd >= 0)
    close (stream->fd);
  g_free (stream);
}

static const VgReadAheadOps functions = {
  .submit = stream_submit,
  .progress = stream_progress,
  .throw_piece = stream_throw_piece,
  .reset = stream_reset,
  .free = stream_free,
};

static VgBody *
rbd_disk_open_data (VgDisk *base, const VgMap *map, GCancellable *cancellable,
                    GError **error)
{
  RbdDisk *disk = (RbdDisk *) base;
  Stream *stream = g_new0 (Stream, 1);
  int result = -EIO;

  stream->disk = disk;
  stream->fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  stream->image = vg_rbd_image_open (disk->cluster, disk->name, disk->snapshot,
                                     TRUE, error);
  if (stream->image != NULL) {
    result = stream->fd < 0
                 ? -errno
                 : rbd_set_image_notification (stream->image->handle,
                                               stream->fd, EVENT_TYPE_EVENTFD);
    if (result < 0)
      throw_read (disk, result, 0, error);
  }
  if (result < 0) {
    stream_free (stream);
    return NULL;
  }
  return vg_read_ahead_new (&functions, stream, map, cancellable);
}

/* Compares the snapshot's id: a new snapshot may have the same name. */
static gboolean
rbd_disk_check (VgDisk *base, GError **error)
{
  RbdDisk *disk = (RbdDisk *) base;
  g_autoptr (GError) why = NULL;
  g_autoptr (VgRbdImage) image =
      vg_rbd_image_open (disk->cluster, disk->name, NULL, TRUE, &why);
  guint64 id;

  if (image == NULL && !vg_rbd_is_missing (&why)) {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  if (image != NULL && rbd_snap_get_id (image->handle, disk->snapshot, &id) >= 0
      && id == disk->snapshot_id)
    return TRUE;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE,
               "snapshot %s of RBD image %s was removed while it was read",
               disk->snapshot, disk->name);
  return FALSE;
}

static void
rbd_disk_free (VgDisk *base)
{
  RbdDisk *disk = (RbdDisk *) base;

  if (disk->image != NULL)
    vg_rbd_image_close (disk->image);
  g_free (disk->name);
  g_free (disk->snapshot);
  g_free (disk);
}

VgDisk *
vg_rbd_disk_open (VgCluster *cluster, const char *name, const char *snapshot,
                  GError **error)
{
  RbdDisk *disk = g_new0 (RbdDisk, 1);
  g_autoptr (VgDisk) base = &disk->base;
  int result;

  disk->base.read_map = rbd_disk_read_map;
  disk->base.open_data = rbd_disk_open_data;
  disk->base.check = rbd_disk_check;
  disk->base.free = rbd_disk_free;
  disk->cluster = cluster;
  disk->name = g_strdup (name);
  disk->snapshot = g_strdup (snapshot);
  disk->image = vg_rbd_image_open (cluster, disk->name, snapshot, TRUE, error);
  if (disk->image == NULL)
    return NULL;
  if ((result = rbd_get_size (disk->image->handle, &disk->base.size)) < 0
      || (result = rbd_snap_get_id (disk->image->handle, snapshot,
                                    &disk->snapshot_id))
             < 0) {
    throw_read (disk, result, 0, error);
    return NULL;
  }
  return g_steal_pointer (&base);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A body that holds back its last bytes until the instant is confirmed. The
 * instant is also checked now and then, to avoid hours of uploading in vain. */
#include "instant/tail-guard.h"

#define CHECK_EVERY_US G_USEC_PER_SEC

typedef struct {
  VgBody base;
  VgBody *inner;
  VgDisk *disk;
  guint64 position;
  gint64 checked; /* µs */
} Guard;

static gboolean
is_loss (const GError *error)
{
  return g_error_matches (error, VG_DISK_ERROR, VG_DISK_ERROR_GONE)
         || g_error_matches (error, VG_DISK_ERROR, VG_DISK_ERROR_SPOILED);
}

/* Checks at the end, and every second before. If libvirt can't answer in
 * between, for example during its restart, the upload goes on. */
static gboolean
check_instant (Guard *guard, gboolean at_end, GError **error)
{
  gint64 now = g_get_monotonic_time ();
  g_autoptr (GError) why = NULL;

  if (!at_end && now - guard->checked < CHECK_EVERY_US)
    return TRUE;
  guard->checked = now;
  if (vg_disk_check (guard->disk, &why))
    return TRUE;
  if (!is_loss (why)) {
    if (!at_end)
      return TRUE;
    g_clear_error (&why);
    if (vg_disk_check (guard->disk, &why))
      return TRUE;
  }
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

/* Reads at least one byte; the end must not be reached. */
static gssize
read_some (Guard *guard, guint8 *buffer, gsize n, GError **error)
{
  gssize part = vg_body_read (guard->inner, buffer, n, error);

  if (part != 0)
    return part;
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_READ,
               "the image ended too early");
  return -1;
}

/* A read may have failed because the instant was lost: then that is the error.
 */
static void
explain_failure (const Guard *guard, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (error == NULL || is_loss (*error)
      || g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || vg_disk_check (guard->disk, &why) || !is_loss (why))
    return;
  g_clear_error (error);
  *error = g_steal_pointer (&why);
}

static gssize
guard_read (VgBody *body, void *buffer, gsize n, GError **error)
{
  Guard *guard = (Guard *) body;
  guint64 left = body->length - guard->position;
  gsize got = 0;

  if (left == 0)
    return 0;
  do {
    gssize part =
        read_some (guard, (guint8 *) buffer + got, MIN (n, left) - got, error);

    if (part < 0) {
      explain_failure (guard, error);
      return -1;
    }
    got += (gsize) part;
  } while (n >= left && got < left);
  if (!check_instant (guard, got == left, error))
    return -1;
  guard->position += got;
  return (gssize) got;
}

static gboolean
guard_rewind (VgBody *body, GError **error)
{
  Guard *guard = (Guard *) body;

  guard->position = 0;
  return vg_body_rewind (guard->inner, error);
}

static void
guard_free (VgBody *body)
{
  Guard *guard = (Guard *) body;

  vg_body_free (guard->inner);
  g_free (guard);
}

VgBody *
vg_tail_guard_new (VgBody *inner, VgDisk *disk)
{
  Guard *guard = g_new0 (Guard, 1);

  guard->base.length = inner->length;
  guard->base.read = guard_read;
  guard->base.rewind = guard_rewind;
  guard->base.free = guard_free;
  guard->inner = inner;
  guard->disk = disk;
  guard->checked = g_get_monotonic_time ();
  return &guard->base;
}

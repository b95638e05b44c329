/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk at one instant: its size, its allocation, and its data.
 *
 * Back ends (live.h, offline.h) create one; readers don't depend on the back
 * end. A back end's own struct begins with this struct.
 */
#pragma once

#include <gio/gio.h>

#include "util/body.h"
#include "util/map.h"

#define VG_DISK_ERROR (vg_disk_error_quark ())
typedef enum {
  VG_DISK_ERROR_GONE, /* the instant is lost: the domain stopped or was started;
                         begin again in the new state */
  VG_DISK_ERROR_CLOSED,  /* the exporting server disappeared in the middle: most
                            likely the domain is about to stop */
  VG_DISK_ERROR_SPOILED, /* the old instant is lost for good */
  VG_DISK_ERROR_OPEN,    /* missing, no permission, or damaged */
  VG_DISK_ERROR_READ,    /* reading it failed */
  VG_DISK_ERROR_UNSUPPORTED, /* this kind of disk can't be read */
  VG_DISK_ERROR_CONFINE, /* the host can't confine what reads it; no fault of
                            the disk */

  /* For remote storage: */
  VG_DISK_ERROR_UNREACHABLE, /* no answer; try again later */
  VG_DISK_ERROR_DENIED,      /* unknown user, or no permission */
  VG_DISK_ERROR_MISSING,     /* no such pool, image or snapshot */
  VG_DISK_ERROR_EXISTS,      /* the name is already in use */
  VG_DISK_ERROR_BUSY,        /* in use, or others depend on it */
  VG_DISK_ERROR_FULL,        /* no space, or quota exceeded */
} VgDiskError;
GQuark vg_disk_error_quark (void);

typedef struct _VgDisk VgDisk;

struct _VgDisk {
  guint64 size; /* bytes, virtual; never changes */

  gboolean (*read_map) (VgDisk *self, VgMap *map, GCancellable *cancellable,
                        GError **error);
  VgBody *(*open_data) (VgDisk *self, const VgMap *map,
                        GCancellable *cancellable, GError **error);
  gboolean (*check) (VgDisk *self, GError **error);
  void (*free) (VgDisk *self);
};

/* Which blocks hold data. Blocks. */
static inline VgMap *
vg_disk_read_map (VgDisk *disk, GCancellable *cancellable, GError **error)
{
  g_autoptr (VgMap) map = vg_map_new (disk->size);

  return disk->read_map (disk, map, cancellable, error) ? g_steal_pointer (&map)
                                                        : NULL;
}

/* The bytes of the map's data blocks, in order, with read-ahead. disk and map
 * are borrowed and must outlive the body. */
static inline VgBody *
vg_disk_open_data (VgDisk *disk, const VgMap *map, GCancellable *cancellable,
                   GError **error)
{
  return disk->open_data (disk, map, cancellable, error);
}

/* Whether all data read so far are of the one instant: FALSE with
 * VG_DISK_ERROR_GONE or _SPOILED if they may not be, and with another error if
 * the check fails. Call it after reading the last byte, and after any failure.
 */
static inline gboolean
vg_disk_check (VgDisk *disk, GError **error)
{
  return disk->check (disk, error);
}

static inline void
vg_disk_free (VgDisk *disk)
{
  if (disk != NULL)
    disk->free (disk);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgDisk, vg_disk_free)

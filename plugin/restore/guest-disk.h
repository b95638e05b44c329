/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One disk of a guest that is restored, and what differs between the kinds of
 * disks: files, block devices, RBD images. */
#pragma once

#include "job/job.h"
#include "journal/ceph-address.h"
#include "restore/fetch.h"

typedef struct _VgDiskKind VgDiskKind;

/* One disk. */
typedef struct {
  char *target;           /* "vda" */
  const VgDiskKind *kind; /* static */
  char *path;           /* of its file or device, absolute, without links; of an
                           RBD image "rbd:POOL/IMAGE" */
  const char *format;   /* of the file, as the XML has it; static */
  VgImageRecord *image; /* that it gets */
  VgFetch fetch;        /* of image */
  guint64 was;          /* the disk's virtual size now, bytes; 0: unknown */
  guint64 capacity;     /* its size then; 0: unknown before it is there */
  guint64 space;        /* free where the new file will be, bytes; 0: unknown */
  gboolean chained;     /* the definition names its backing chain */
  char *old;            /* the old disk's name then; NULL: not known yet */

  /* Of a file: of the old one, and of the new one. */
  guint uid, gid;
  guint mode; /* the permissions */

  /* Of a block device: */
  guint64 device_size; /* bytes */
  int from, to;        /* the new content and the device, open, or -1 */

  /* Of an RBD image: */
  VgCephAddress *address; /* of its cluster */
  char *parent; /* "POOL/IMAGE@SNAPSHOT" that is cloned; NULL: the image is
                   downloaded */
  gboolean flatten_after; /* the new one is a clone until then */
} VgGuestDisk;

/* What a plan is made of. All borrowed. */
typedef struct {
  const VgConfig *config;
  const VgDomain *domain;
  VgPeers peers;
  gboolean overwrite; /* block devices may be chosen, too */
  GCancellable *cancellable;
} VgGuestLook;

/* Functions block, and return FALSE with an error. */
struct _VgDiskKind {
  /* It is overwritten, and its old content is lost; else the old disk is kept.
   */
  gboolean in_place;

  /* Looks at the disk, whose image, format and path are known; makes nothing.
   */
  gboolean (*plan) (VgGuestDisk *disk, const VgGuestLook *look,
                    const VgDomainDisk *now, GError **error);

  /* Whether nobody writes to it. VG_DISK_ERROR_BUSY. */
  gboolean (*check_unused) (const VgGuestDisk *disk, const VgGuestLook *look,
                            GError **error);

  /* Makes the new disk beside the old one, whole and verified: steps of the
   * job. Sets disk->capacity. */
  gboolean (*make) (const VgJob *job, VgGuestDisk *disk, GError **error);

  /* Right before the first disk is exchanged; NULL: nothing. */
  gboolean (*prepare) (const VgJob *job, VgGuestDisk *disk, GError **error);

  /* Adds the step of the exchange to the journal, which is then written. */
  void (*note) (const VgJob *job, const VgGuestDisk *disk);

  /* Exchanges it, and sets disk->old, unless it is in_place. */
  gboolean (*exchange) (const VgJob *job, VgGuestDisk *disk, GError **error);

  /* Adds a journal to flattenings (job/flatten.h) for what is left to do once
   * the disk is kept; image: of the job. NULL: nothing. */
  gboolean (*note_rest) (const VgJob *job, const VgGuestDisk *disk,
                         const VgJobImage *image, GPtrArray *flattenings,
                         GError **error);
};

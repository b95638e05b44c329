/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a restore of a guest's disks will do, as data. */
#pragma once

#include "host/guest.h"
#include "restore/choose.h"
#include "restore/fetch.h"
#include "util/config.h"

/* One disk. */
typedef struct {
  char *target;         /* "vda" */
  char *path;           /* of its file or device, absolute, without links */
  gboolean is_block;    /* a block device, which is overwritten */
  const char *format;   /* of the file, as the XML has it; static */
  VgImageRecord *image; /* that it gets */
  VgFetch fetch;        /* of image */
  guint64 was;          /* the disk's virtual size now, bytes; 0: unknown */
  guint64 capacity;     /* its size then; 0: unknown before it is there */
  guint64 space;        /* free where the new file will be, bytes */
  guint64 device_size;  /* of a block device, bytes */
  guint uid, gid;       /* of the old file, and of the new one */
  guint mode;           /* likewise, the permissions */
  char *old;            /* the old file's name then; NULL: not known yet */
} VgGuestDisk;

typedef struct {
  VgDomain *domain;
  VgImageSet *set;  /* that the images are of */
  GPtrArray *disks; /* of VgGuestDisk */
} VgGuestPlan;

void vg_guest_plan_free (VgGuestPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgGuestPlan, vg_guest_plan_free)

/* Chooses the images, and looks at the guest and the files of its disks; makes
 * nothing. overwrite: block devices may be chosen, too. Errors: those of
 * permit.h, choose.h and vg_fetch_plan(), VG_PLAN_ERROR_DISK,
 * VG_DISK_ERROR_BUSY (a hypervisor writes to a disk). Blocks. */
VgGuestPlan *vg_guest_plan_new (const VgRestoreChoice *choice,
                                gboolean overwrite, const VgConfig *config,
                                VgGuest *guest, VgGlance *glance,
                                GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The file or block device of the disk, without links; *is_block: which. Free
 * with g_free(). NULL with VG_PLAN_ERROR_DISK: it is neither, or there is none.
 */
char *vg_guest_plan_find_file (const VgDomain *domain, const VgDomainDisk *disk,
                               VgGuest *guest, gboolean *is_block,
                               GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Nobody has the file open for writing as QEMU does. VG_DISK_ERROR_BUSY. */
gboolean vg_guest_plan_check_unused (const char *path,
                                     GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

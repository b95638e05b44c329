/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of a guest's images are restored to which of its disks. */
#pragma once

#include "domain/domain.h"
#include "job/image-sets.h"

/* What somebody asked for; all borrowed. */
typedef struct {
  const char *image; /* id; NULL: the newest whole set … */
  const char *type; /* … of that type of backup; NULL: of any, or a snapshot */
  gint64 before;    /* … made before that time, s since 1970; 0: of any */
  char **disks;     /* targets or paths; NULL: all that the set has */
} VgRestoreChoice;

/* An image, and the disk that it is for. Borrowed. */
typedef struct {
  const VgListedImage *image;
  const VgDomainDisk *disk;
} VgChosenImage;

/* Chooses among the guest's images in Glance, without side effects. *set: the
 * chosen one; free with vg_image_set_free(). Returns an array of VgChosenImage,
 * in the set's order; free with g_array_unref(). A set is whole if each of its
 * images can be restored. Errors: VG_GLANCE_ERROR_NOT_FOUND (no such image of
 * this guest), VG_DOMAIN_ERROR_UNKNOWN_DISK, VG_PLAN_ERROR_DISK (the set has no
 * image of a disk that is asked for, or one of a disk that the guest hasn't),
 * and Glance's. Blocks. */
GArray *vg_restore_choose (const VgRestoreChoice *choice,
                           const VgDomain *domain, VgGlance *glance,
                           VgImageSet **set, GCancellable *cancellable,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

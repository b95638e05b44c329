/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way back: an image from Glance to a file. */
#pragma once

#include <gio/gio.h>

#include "glance/glance.h"
#include "util/config.h"
#include "restore/fetch.h"
#include "util/report.h"

/* What somebody asked for; all borrowed. */
typedef struct {
  const char *image;  /* the id */
  const char *path;   /* of the file to make */
  const char *format; /* of that file, as Glance or qemu-img names it; NULL: the
                         image's own */
  gboolean overwrite; /* a file of that name is replaced */
} VgRestore;

/* What will be done. */
typedef struct {
  VgImageRecord *image;
  char *path;        /* absolute */
  VgFetch fetch;     /* of image */
  guint64 space;     /* free where the file will be, in bytes */
  gboolean replaces; /* there is a file of that name */
} VgRestorePlan;

void vg_restore_plan_free (VgRestorePlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgRestorePlan, vg_restore_plan_free)

/* Reads the image's record, looks at the place, and changes nothing. Errors:
 * VG_REQUEST_ERROR_INVALID (an unknown format), GFileError (the file exists,
 * its directory doesn't), VG_GLANCE_ERROR_CONFLICT (the image is not active or
 * has no data), VG_DISK_ERROR_BUSY (a hypervisor writes to the file that would
 * be replaced), and others of Glance. */
VgRestorePlan *vg_restore_plan_new (const VgRestore *restore, VgGlance *glance,
                                    GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Downloads the image, compares its hash, converts it if need be, and gives the
 * file its name last of all: if it fails, nothing is left. *size: of the file,
 * in bytes. Also errors of download.h, convert.h and new-file.h. Blocks. */
gboolean vg_restore_run (const VgRestorePlan *plan, const VgConfig *config,
                         VgGlance *glance, const VgReport *report,
                         guint64 *size, GCancellable *cancellable,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One image of a guest as a new file beside the disk's name, whole and
 * verified, before it gets that name. */
#pragma once

#include "job/job.h"
#include "restore/fetch.h"

typedef struct {
  const VgImageRecord *image; /* borrowed */
  const char *target;         /* the disk's, "vda", for messages; borrowed */
  const char *path;           /* of the disk, absolute; borrowed */
  const char *format;         /* of the file: "raw" or "qcow2"; borrowed */
  gint64 uid, gid;            /* whom it belongs to; -1: us */
  guint mode;                 /* its permissions */
} VgNewDisk;

/* Makes the file under the name vg_swap_get_new() (disk/swap.h), which is a
 * step of the job (VG_STEP_NEW_FILE), and forces it to the disk. The file
 * refers to no other one: an image with a backing file is refused. Whoever
 * gives it its final name does that as a step of its own, once all disks are
 * there. Undoing the steps removes the file.
 *
 * Of the job it uses the configuration, Glance, the journal, which it writes,
 * the report and the cancellable. *capacity: the disk's virtual size, in bytes.
 * Blocks. Errors: those of fetch.h and disk/convert.h, GFileError. */
gboolean vg_new_disk_write (const VgJob *job, const VgNewDisk *disk,
                            guint64 *capacity, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Makes the job's directory in [libvirt] snapshots_directory, a step, unless
 * the job has it already. GFileError. */
gboolean vg_new_disk_make_scratch (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

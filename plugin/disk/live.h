/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks of a running domain at one instant, by libvirt's backup job in pull
 * mode: the hypervisor exports them over NBD on a unix socket and copies data
 * that the guest overwrites meanwhile to scratch files.
 * https://libvirt.org/kbase/live_full_disk_backup.html */
#pragma once

#include "disk/disk.h"
#include "host/guest.h"
#include "util/source.h"

/* The paths of a job's files. Both directories must exist, and be writable by
 * the hypervisor's user. */
typedef struct {
  const char *socket;         /* path of the NBD socket to create */
  const char *scratch_folder; /* directory of the TARGET.scratch files */
  GHashTable *keys; /* target (char *) → const VgSource *: the encrypted scratch
                       files, with the layer whose key they use */
  gboolean made;    /* the scratch files exist already: see scratch.h */
} VgScratchPaths;

/* Begins the job for the disks named in targets (NULL-ended); others lists the
 * domain's other disks, which are excluded. The instant is when this returns.
 * Errors: VG_DISK_ERROR_GONE (the domain stopped), VG_HOST_ERROR_BUSY, others
 * of VG_HOST_ERROR. After a failure no job runs. */
gboolean vg_live_begin (VgGuest *guest, const VgScratchPaths *place,
                        const char *const *targets, const char *const *others,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Opens one of the job's disks. guest is borrowed and must outlive it. */
VgDisk *vg_live_open (VgGuest *guest, const VgScratchPaths *place,
                      const char *target, GCancellable *cancellable,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets *held to whether the job still runs and holds the instant. FALSE if that
 * is unknown. */
gboolean vg_live_is_held (VgGuest *guest, const char *socket, gboolean *held,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Undoes vg_live_begin(): ends the job, if this one is still running. The files
 * stay; the creator of the directories removes them. May be repeated. */
gboolean vg_live_end (VgGuest *guest, const char *socket, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks of a running domain at one instant, by libvirt's backup job in pull
 * mode: the hypervisor exports them over NBD on a unix socket and keeps what
 * the guest overwrites meanwhile in scratch files.
 * https://libvirt.org/kbase/live_full_disk_backup.html
 */
#pragma once

#include "disk/disk.h"
#include "host/guest.h"
#include "util/source.h"

/* Where a job's files are. Both folders must be there, and writable by the
 * hypervisor's user. */
typedef struct {
  const char *socket;         /* path of the NBD socket to be made */
  const char *scratch_folder; /* TARGET.scratch files are made in it */
  GHashTable *keys; /* target (char *) → const VgSource *: the scratch files
                       that are encrypted, with that layer's key */
  gboolean made;    /* the scratch files are there already: see scratch.h */
} VgScratchPaths;

/* Begins the job for the disks named in targets (NULL-ended); others lists the
 * domain's other disks, which are left out. The instant is when this returns.
 * Errors: VG_DISK_ERROR_GONE (the domain stopped), VG_HOST_ERROR_BUSY, others
 * of VG_HOST_ERROR. After a failure nothing runs. */
gboolean vg_live_begin (VgGuest *guest, const VgScratchPaths *place,
                        const char *const *targets, const char *const *others,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Opens one of the job's disks. guest is borrowed and must outlive it. */
VgDisk *vg_live_open (VgGuest *guest, const VgScratchPaths *place,
                      const char *target, GCancellable *cancellable,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the job still runs, and holds the instant, in *held. FALSE where that
 * can't be told. */
gboolean vg_live_is_held (VgGuest *guest, const char *socket, gboolean *held,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Undoes vg_live_begin(): ends the job, if it is still this one that runs.
 * The files stay, for who made the folders. May be repeated. */
gboolean vg_live_end (VgGuest *guest, const char *socket, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

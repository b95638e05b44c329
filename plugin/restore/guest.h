/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way back of a guest's disks: a job. */
#pragma once

#include "host/host.h"
#include "journal/journal.h"
#include "restore/guest-plan.h"
#include "util/config.h"
#include "util/report.h"

typedef struct {
  const char *domain; /* name, id or UUID; borrowed */
  VgRestoreChoice choice;
  gboolean overwrite; /* block devices, too, whose old content is lost */
} VgGuestRestore;

/* Plans it, and checks all that vg_guest_restore() would check before it makes
 * anything, with the same errors; makes nothing. Blocks. */
VgGuestPlan *vg_guest_restore_rehearse (const VgGuestRestore *wanted,
                                        const VgConfig *config, VgHost *host,
                                        VgGlance *glance,
                                        GCancellable *cancellable,
                                        GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Restores the disks, all or none: new files are made beside the old ones, and
 * take their places when all of them are whole and the guest is still shut off.
 * The old files stay, under the names in *plan. Block devices are overwritten
 * from files in [libvirt] snapshots_directory, also at the end. On failure or
 * cancellation all is undone before it returns. Returns the finished job.
 * Blocks; call it in a thread while the main one runs its loop (see host.h).
 * Errors: those of guest-plan.h and new-disk.h, VG_LOCK_ERROR, VG_RUN_ERROR.
 *
 * VG_RUN_ERROR_LEFTOVER: it is not all undone, as a block device that was being
 * overwritten; or the disks are restored (as the message says), but something
 * is left. */
VgJournal *vg_guest_restore (const VgGuestRestore *wanted,
                             const VgConfig *config, VgHost *host,
                             VgGlance *glance, const VgReport *report,
                             VgGuestPlan **plan, GCancellable *cancellable,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

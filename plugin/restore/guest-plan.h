/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a restore of a guest's disks will do, as data. */
#pragma once

#include "restore/choose.h"
#include "restore/guest-disk.h"

typedef struct {
  VgDomain *domain;
  VgImageSet *set;  /* that the images are of */
  GPtrArray *disks; /* of VgGuestDisk */
} VgGuestPlan;

void vg_guest_plan_free (VgGuestPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgGuestPlan, vg_guest_plan_free)

/* Chooses the images, and looks at the guest and its disks; makes nothing.
 * overwrite: block devices may be chosen, too. Errors: those of permit.h,
 * choose.h and vg_fetch_plan(), VG_PLAN_ERROR_DISK, VG_DISK_ERROR_BUSY
 * (somebody writes to a disk), and Ceph's. Blocks. */
VgGuestPlan *vg_guest_plan_new (const VgRestoreChoice *choice,
                                gboolean overwrite, const VgConfig *config,
                                const VgPeers *peers, GCancellable *cancellable,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

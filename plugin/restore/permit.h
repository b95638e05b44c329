/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a guest's disks may be replaced now. Looked at twice: for the plan,
 * and right before the exchange, because libvirt has no lock against a start.
 */
#pragma once

#include "host/guest.h"

/* The guest is shut off, without a saved state and without snapshots that
 * libvirt knows, and Nova did not make it. domain: the guest's. FALSE with
 * VG_PLAN_ERROR_DISK, VG_HOST_ERROR_BUSY (it is running) or another one of
 * host.h. Blocks. */
gboolean vg_restore_permit_guest (VgGuest *guest, const VgDomain *domain,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The disk is one that may be replaced, judging by the XML. VG_PLAN_ERROR_DISK.
 */
gboolean vg_restore_permit_disk (const VgDomain *domain,
                                 const VgDomainDisk *disk, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* VG_PLAN_ERROR_DISK: "disk vda of domain x can't be restored: why". target: of
 * the disk, also one that the domain doesn't have. Returns FALSE. */
gboolean vg_restore_throw_target (GError **error, const VgDomain *domain,
                                  const char *target, const char *why);

/* The same, of a disk of the domain. */
gboolean vg_restore_throw_disk (GError **error, const VgDomain *domain,
                                const VgDomainDisk *disk, const char *format,
                                ...) G_GNUC_PRINTF (4, 5);

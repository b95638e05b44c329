/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which kind of disk a guest's disk is. */
#pragma once

#include "restore/guest-disk.h"

/* The kind, and *path: that of the file or block device, without links, or
 * "rbd:POOL/IMAGE"; free with g_free(). NULL with VG_PLAN_ERROR_DISK: it is
 * none of them, or there is none. Blocks. */
const VgDiskKind *vg_disk_kind_find (const VgGuestLook *look,
                                     const VgDomainDisk *disk, char **path,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

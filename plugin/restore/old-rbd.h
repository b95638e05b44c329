/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Old disks that are RBD images (journal/ceph-object.h). */
#pragma once

#include "instant/ceph.h"

/* The names of the old images of a disk, "rbd:POOL/IMAGE", sorted; free with
 * g_strfreev(). VG_DISK_ERROR. Blocks. */
char **vg_old_rbd_find (const VgSource *source, VgCeph *ceph, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Why the old image must stay, "clones depend on it", static; NULL in *why: it
 * need not. VG_DISK_ERROR. Blocks. */
gboolean vg_old_rbd_check (const VgSource *source, const char *path,
                           VgCeph *ceph, const char **why, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Deletes the old image, with its snapshots. VG_DISK_ERROR. Blocks. */
gboolean vg_old_rbd_remove (const VgSource *source, const char *path,
                            VgCeph *ceph, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

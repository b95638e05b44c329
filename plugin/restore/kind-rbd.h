/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk that is an RBD image: the new one is made in the same pool, as a clone
 * of Glance's image if that is in the same cluster, else from its data. */
#pragma once

#include "restore/guest-disk.h"

extern const VgDiskKind vg_disk_kind_rbd;

/* "rbd:POOL/IMAGE" of a disk's source, as in VgGuestDisk; NULL: it is no RBD
 * image. Free with g_free(). */
char *vg_disk_kind_get_rbd (const VgSource *source);

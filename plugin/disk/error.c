/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The room's error domain, in its own file so that its users needn't link
 * libnbd. */
#include "disk/disk.h"

G_DEFINE_QUARK (vg_disk_error_quark, vg_disk_error)

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The room's error domain; apart, so that who only names it needs no libnbd. */
#include "disk/disk.h"

G_DEFINE_QUARK (vg_disk_error_quark, vg_disk_error)

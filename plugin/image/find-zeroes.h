/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Zero blocks among a disk's data. */
#pragma once

#include <glib.h>

#include "image/image.h"

/* Called about every MiB. May be NULL. */
typedef void (*VgFindZeroesProgress) (guint64 done, guint64 total,
                                      gpointer user_data);

/* The map without those data blocks that contain only zeroes. Reads all of data
 * (borrowed) once. NULL with an error from reading data, or
 * VG_IMAGE_ERROR_SHORT. */
VgMap *vg_find_zeroes (const VgMap *map, VgBody *data,
                       VgFindZeroesProgress progress, gpointer user_data,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

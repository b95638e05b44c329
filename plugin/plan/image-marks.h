/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our properties (plan/image-record.h) in images that Glance has. */
#pragma once

#include "inventory/glance-image.h"

/* One of our properties; NULL if the image has none, or has another image's:
 * Nova copies an image's properties to the snapshots and backups of each
 * instance that was booted from it (inherit_image_properties in
 * nova/compute/api.py). Borrowed. */
const char *vg_image_mark_get (const VgImageRecord *record, const char *key);

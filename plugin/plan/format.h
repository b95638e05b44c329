/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The format of an image, and whether it is compressed. Pure, like the plan
 * that it is part of. */
#pragma once

#include "plan/disk.h"
#include "request/request.h"
#include "util/config.h"

/* Sets format, format_reason, compression and disk_format of an image whose
 * store (if there is one) is set, as is its source's ciphertext.
 * VG_REQUEST_ERROR. */
gboolean vg_format_choose (VgPlanImage *image, const VgPlanSource *source,
                           const VgRequest *request, const VgConfig *config,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

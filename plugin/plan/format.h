/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The format of an image, and its compression. Pure, like the rest of the plan.
 */
#pragma once

#include "plan/disk.h"
#include "request/request.h"
#include "util/config.h"

/* Sets format, format_reason, compression with its level, and disk_format of an
 * image. Set its store (if any) and its source's ciphertext first.
 * VG_REQUEST_ERROR. */
gboolean vg_format_choose (VgPlanImage *image, const VgPlanSource *source,
                           const VgRequest *request, const VgConfig *config,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies finished images to more stores. */
#pragma once

#include "job/job.h"

/* Copies the job's images, all active, to the plan's other stores that hold the
 * base image. Blocks. The images stay even if copies fail; FALSE with
 * VG_RUN_ERROR_COPY. */
gboolean vg_copy_images (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

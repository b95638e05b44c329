/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copying finished images to more stores. */
#pragma once

#include "job/job.h"

/* Copies the job's images, active all of them, to the other stores of the base
 * image that the plan names. Blocks. The images stay whatever becomes of the
 * copies; FALSE with VG_RUN_ERROR_COPY. */
gboolean vg_copy_images (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

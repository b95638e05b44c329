/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copying finished images to more stores. */
#pragma once

#include "glance/glance.h"
#include "journal/journal.h"
#include "plan/plan.h"
#include "util/report.h"

/* Copies the journal's images, active all of them, to the other stores of the
 * base image that the plan names. Blocks. The images stay whatever becomes of
 * the copies; FALSE with VG_RUN_ERROR_COPY. */
gboolean vg_copy_images (const VgPlan *plan, VgJournal *journal,
                         VgGlance *glance, const VgReport *report,
                         GCancellable *cancellable, GError **error);

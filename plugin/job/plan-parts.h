/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What plan.c leaves to other files. Private to them. */
#pragma once

#include "job/plan.h"

/* Adds the disks that were asked for, the root disk first if it is among them.
 * FALSE with VG_DOMAIN_ERROR. */
gboolean vg_plan_select_disks (VgPlan *plan, const VgRequest *request,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

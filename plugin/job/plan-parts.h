/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What plan.c and the files that it is made of have in common. Private to
 * them. */
#pragma once

#include "job/plan.h"

/* Adds the disks that were asked for, the root disk first if it is among them.
 * FALSE with VG_DOMAIN_ERROR. */
gboolean vg_plan_select_disks (VgPlan *plan, const VgRequest *request,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* FALSE with VG_PLAN_ERROR_DISK: the disk can't be snapshotted, and why. */
gboolean vg_plan_throw_disk (GError **error, const VgDomain *domain,
                             const VgDomainDisk *disk, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

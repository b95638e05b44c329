/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan room's errors. */
#pragma once

#include <glib.h>

#include "domain/domain.h"

#define VG_PLAN_ERROR (vg_plan_error_quark ())
typedef enum {
  VG_PLAN_ERROR_DISK, /* the disk can't be snapshotted; the message says why */
} VgPlanError;
GQuark vg_plan_error_quark (void);

/* Sets VG_PLAN_ERROR_DISK with the reason why the disk can't be snapshotted.
 * Returns FALSE. */
gboolean vg_plan_throw_disk (GError **error, const VgDomain *domain,
                             const VgDomainDisk *disk, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

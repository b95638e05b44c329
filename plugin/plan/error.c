/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The room's error domain, and its most frequent error. */
#include "plan/error.h"

G_DEFINE_QUARK (vg_plan_error_quark, vg_plan_error)

gboolean
vg_plan_throw_disk (GError **error, const VgDomain *domain,
                    const VgDomainDisk *disk, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, VG_PLAN_ERROR, VG_PLAN_ERROR_DISK,
               "disk %s of domain %s can't be snapshotted: %s", disk->target,
               domain->name, why);
  return FALSE;
}

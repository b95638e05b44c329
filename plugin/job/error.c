/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The room's errors. */
#include "job/error.h"

G_DEFINE_QUARK (vg_run_error_quark, vg_run_error)

gboolean
vg_run_error_is_late (const GError *error)
{
  return g_error_matches (error, VG_RUN_ERROR, VG_RUN_ERROR_LATE);
}

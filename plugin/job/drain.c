/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the host is being drained. A flag that can't be seen is none: it is
 * in a directory that others than root may not be able to enter. */
#include "job/drain.h"

#include <unistd.h>

#include "job/error.h"

gboolean
vg_drain_is_on (const VgConfig *config)
{
  return config->drain_file != NULL && access (config->drain_file, F_OK) == 0;
}

gboolean
vg_drain_check (const VgConfig *config, GError **error)
{
  if (!vg_drain_is_on (config))
    return TRUE;
  g_set_error (error, VG_RUN_ERROR, VG_RUN_ERROR_DRAINED,
               "nothing new begins on this host, because it is being drained: "
               "%s exists; remove it when that is over",
               config->drain_file);
  return FALSE;
}

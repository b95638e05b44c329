/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads the module for Ceph. */
#include "disk/rbd.h"

#include <string.h>

#include "util/module.h"

const VgRbd *
vg_rbd_load (GError **error)
{
  g_autoptr (GError) why = NULL;
  const VgRbd *rbd = vg_module_load (VG_RBD_MODULE, VG_RBD_SYMBOL, &why);

  if (rbd == NULL)
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_UNSUPPORTED,
                 "Ceph can't be used here: %s", why->message);
  return rbd;
}

gboolean
vg_rbd_is_refusal (const GError *error)
{
  return error->domain == VG_DISK_ERROR
         && (error->code == VG_DISK_ERROR_DENIED
             || error->code == VG_DISK_ERROR_MISSING
             || error->code == VG_DISK_ERROR_OPEN);
}

void
vg_rbd_info_clear (VgRbdInfo *info)
{
  g_clear_pointer (&info->parent, g_free);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading the module for Ceph. */
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

/* (Here, so that it can be called by who has not loaded it.) */
char *
vg_cluster_monitors (const VgSource *source)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < source->hosts->len; i++) {
    const VgSourceHost *host = g_ptr_array_index (source->hosts, i);

    if (host->name == NULL)
      continue;
    if (text->len > 0)
      g_string_append_c (text, ',');
    g_string_append_printf (text, strchr (host->name, ':') ? "[%s]" : "%s",
                            host->name);
    if (host->port != NULL)
      g_string_append_printf (text, ":%s", host->port);
  }
  return g_string_free (text, text->len == 0);
}

void
vg_rbd_info_clear (VgRbdInfo *info)
{
  g_clear_pointer (&info->parent, g_free);
}

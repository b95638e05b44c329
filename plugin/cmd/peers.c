/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Glance first: that tells of a mistake in the configuration at once. */
#include "cmd/peers.h"

gboolean
vg_peers_open (const VgCommandLine *line, VgHost **host, VgGlance **glance,
               GError **error)
{
  *glance = vg_glance_new (line->config, error);
  if (*glance == NULL)
    return FALSE;
  *host = vg_host_open (vg_command_line_get_uri (line), error);
  return *host != NULL;
}

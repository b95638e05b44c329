/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A list of no images goes all the way through Glance: to Keystone, which
 * checks the token, and to the database. */
#include "cmd/services.h"

#include "host/watch.h"

void
vg_services_clear (VgServices *services)
{
  g_clear_pointer (&services->host, vg_host_free);
  g_clear_pointer (&services->glance, vg_glance_free);
}

gboolean
vg_services_probe (gpointer data, GCancellable *cancellable, GError **error)
{
  static const char *const none[] = { "id",
                                      "00000000-0000-0000-0000-000000000000",
                                      NULL };
  const VgServices *services = data;
  g_auto (GStrv) uuids = NULL;
  g_autoptr (GPtrArray) images = NULL;

  if (services->host != NULL) {
    uuids = vg_host_list_domains (services->host, error);
    if (uuids == NULL)
      return FALSE;
  }
  images = vg_glance_list_images (services->glance, none, cancellable, error);
  return images != NULL;
}

gboolean
vg_services_open (VgServices *services, const VgCommandLine *line,
                  VgOutage *outage, GError **error)
{
  const char *uri = vg_command_line_get_uri (line);
  GError *why = NULL;

  services->glance = vg_glance_new (line->config, error);
  if (services->glance == NULL)
    return FALSE;
  if (!vg_glance_connect (services->glance, outage->cancellable, &why)
      && (!vg_outage_await_after (outage, g_steal_pointer (&why), error)
          || !vg_glance_connect (services->glance, outage->cancellable, error)))
    return FALSE;
  services->host = vg_host_open (uri, &why);
  if (services->host != NULL)
    return TRUE;
  services->host = vg_host_new (uri);
  return vg_outage_await_after (outage, why, error);
}

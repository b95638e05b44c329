/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Some questions to libvirt, asked once. */
#include "host/description.h"

#include <string.h>

#include "host/private.h"
#include "util/text.h"

void
vg_host_description_clear (VgHostDescription *description)
{
  g_free (description->driver);
}

gboolean
vg_host_describe (VgHost *host, VgHostDescription *description, GError **error)
{
  g_autoptr (virConnect) connection = vg_host_ref_connection (host, error);
  const char *driver;
  char *xml;

  if (connection == NULL)
    return FALSE;
  driver = virConnectGetType (connection);
  if (driver == NULL
      || virConnectGetLibVersion (connection, &description->libvirt) < 0)
    return vg_host_throw (error, "libvirt's version can't be read");
  description->driver = vg_text_clean (driver, 40);
  if (virConnectGetVersion (connection, &description->hypervisor) < 0)
    description->hypervisor = 0;
  xml = virConnectGetCapabilities (connection);
  if (xml == NULL)
    return vg_host_throw (error, "libvirt's capabilities can't be read");
  description->apparmor = strstr (xml, "<model>apparmor</model>") != NULL;
  free (xml);
  return TRUE;
}

char *
vg_host_version_to_string (gulong version)
{
  return g_strdup_printf ("%lu.%lu.%lu", version / 1000000,
                          version / 1000 % 1000, version % 1000);
}

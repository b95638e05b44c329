/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions of domains, and their undoing. */
#include "host/define.h"

#include <libvirt/virterror.h>
#include <string.h>

#include "domain/pool.h"
#include "host/metadata.h"
#include "host/private.h"
#include "util/text.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (virStoragePool, virStoragePoolFree)

#define MAX_SHOWN 80

char *
vg_host_get_pool_directory (VgHost *host, const char *pool, GError **error)
{
  g_autoptr (virConnect) connection = vg_host_ref_connection (host, error);
  g_autoptr (virStoragePool) found = NULL;
  g_autofree char *shown = vg_text_clean (pool, MAX_SHOWN);
  char *xml = NULL, *path;

  if (connection == NULL)
    return NULL;
  found = virStoragePoolLookupByName (connection, pool);
  if (found != NULL && virStoragePoolIsActive (found) == 0) {
    g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_FAILED,
                 "storage pool %s is not active; start it ('virsh pool-start "
                 "%s')",
                 shown, shown);
    return NULL;
  }
  if (found != NULL)
    xml = virStoragePoolGetXMLDesc (found, 0);
  if (xml == NULL) {
    vg_host_throw (error, "storage pool %s can't be used", shown);
    return NULL;
  }
  path = vg_pool_get_directory (xml, pool, error);
  free (xml);
  return path;
}

void
vg_host_refresh_pool (VgHost *host, const char *pool)
{
  g_autoptr (virConnect) connection = vg_host_ref_connection (host, NULL);
  g_autoptr (virStoragePool) found =
      connection != NULL ? virStoragePoolLookupByName (connection, pool) : NULL;

  if (found == NULL || virStoragePoolRefresh (found, 0) != 0)
    g_debug ("storage pool %s isn't refreshed", pool);
}

gboolean
vg_host_is_free (VgHost *host, const char *name, VgGuest **taken,
                 GError **error)
{
  g_autoptr (GError) why = NULL;

  *taken = vg_guest_find (host, name, &why);
  if (*taken != NULL)
    return FALSE;
  if (g_error_matches (why, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

gboolean
vg_host_define (VgHost *host, const char *xml, GError **error)
{
  g_autoptr (virConnect) connection = vg_host_ref_connection (host, error);
  g_autoptr (virDomain) domain = NULL;

  if (connection == NULL)
    return FALSE;
  domain = virDomainDefineXML (connection, xml);
  return domain != NULL
         || vg_host_throw (error, "libvirt refuses the definition");
}

char *
vg_guest_get_whole_definition (VgGuest *guest, GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  char *xml, *copy;

  if (domain == NULL)
    return NULL;
  xml = virDomainGetXMLDesc (domain,
                             VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
  if (xml == NULL) {
    vg_host_throw (error, "the definition of domain %s can't be read",
                   vg_guest_get_name (guest));
    return NULL;
  }
  copy = g_strdup (xml);
  free (xml);
  return copy;
}

gboolean
vg_guest_redefine (VgGuest *guest, const char *xml, GError **error)
{
  if (vg_host_define (vg_guest_get_host (guest), xml, error))
    return TRUE;
  g_prefix_error (error, "the definition of domain %s can't be changed: ",
                  vg_guest_get_name (guest));
  return FALSE;
}

static gboolean
undefine (VgGuest *guest, GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  const char *name = vg_guest_get_name (guest);

  if (domain == NULL)
    return FALSE;
  if (virDomainIsActive (domain) == 1) {
    g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_BUSY,
                 "domain %s is running, so it can't be undefined; shut it off, "
                 "and run 'virt-glance recover'",
                 name);
    return FALSE;
  }
  /* Not every driver knows flags. */
  return virDomainUndefineFlags (domain, VIR_DOMAIN_UNDEFINE_NVRAM) == 0
         || virDomainUndefine (domain) == 0
         || vg_host_throw (error, "domain %s can't be undefined", name);
}

gboolean
vg_host_undefine (VgHost *host, const char *uuid, const char *uri,
                  const char *text, GError **error)
{
  g_autoptr (VgGuest) guest = NULL;
  g_autofree char *element = NULL;
  g_autoptr (GError) why = NULL;

  if (vg_host_is_free (host, uuid, &guest, &why))
    return TRUE;
  if (guest != NULL && vg_guest_get_metadata (guest, uri, &element, &why)) {
    if (element == NULL || strstr (element, text) == NULL)
      return TRUE;
    if (undefine (guest, &why) || vg_guest_is_gone (why))
      return TRUE;
  }
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

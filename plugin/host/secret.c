/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads libvirt's secrets. */
#include "host/secret.h"

#include <libvirt/virterror.h>
#include <string.h>

#include "host/private.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (virSecret, virSecretFree)

static virSecretPtr
look_up (virConnectPtr connection, const char *uuid, int type,
         const char *usage)
{
  return uuid != NULL ? virSecretLookupByUUIDString (connection, uuid)
                      : virSecretLookupByUsage (connection, type, usage);
}

static char *
get_secret (VgHost *host, const char *uuid, int type, const char *usage,
            GError **error)
{
  const char *name = uuid != NULL ? uuid : usage;
  g_autoptr (virConnect) connection = vg_host_ref_connection (host, error);
  g_autoptr (virSecret) secret = NULL;
  guchar *value;
  gsize length;
  char *text;

  if (connection == NULL)
    return NULL;
  secret = look_up (connection, uuid, type, usage);
  value = secret != NULL ? virSecretGetValue (secret, &length, 0) : NULL;
  g_debug ("libvirt: value of secret %s: %s", name,
           value != NULL ? "done" : virGetLastErrorMessage ());
  if (value == NULL) {
    vg_host_throw (error, "libvirt's secret %s can't be read", name);
    return NULL;
  }
  text = g_base64_encode (value, length);
  explicit_bzero (value, length);
  free (value);
  return text;
}

char *
vg_host_get_secret (VgHost *host, const char *uuid, const char *usage,
                    GError **error)
{
  return get_secret (host, uuid, VIR_SECRET_USAGE_TYPE_CEPH, usage, error);
}

char *
vg_guest_get_passphrase (VgGuest *guest, const char *uuid, const char *usage,
                         GError **error)
{
  return get_secret (vg_guest_get_host (guest), uuid,
                     VIR_SECRET_USAGE_TYPE_VOLUME, usage, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A domain's metadata. The running domain and its definition each have their
 * own; a transient or shut-off domain has only one of them. */
#include "host/metadata.h"

#include <libvirt/virterror.h>
#include <string.h>

#include "host/private.h"

/* NULL, without error, if there is none. */
static char *
read_one (virDomainPtr domain, const char *uri, guint flags, GError **error)
{
  char *xml =
      virDomainGetMetadata (domain, VIR_DOMAIN_METADATA_ELEMENT, uri, flags);
  char *copy;

  if (xml == NULL) {
    if (virGetLastErrorCode () != VIR_ERR_NO_DOMAIN_METADATA)
      vg_host_throw (error, "the metadata of domain %s can't be read",
                     virDomainGetName (domain));
    return NULL;
  }
  copy = g_strdup (xml);
  free (xml);
  return copy;
}

/* Which of running domain and definition exist. */
static guint
get_places (virDomainPtr domain)
{
  guint places = 0;

  if (virDomainIsActive (domain) == 1)
    places |= VIR_DOMAIN_AFFECT_LIVE;
  if (virDomainIsPersistent (domain) == 1)
    places |= VIR_DOMAIN_AFFECT_CONFIG;
  return places;
}

gboolean
vg_guest_get_metadata (VgGuest *guest, const char *uri, char **xml,
                       GError **error)
{
  static const guint order[] = { VIR_DOMAIN_AFFECT_LIVE,
                                 VIR_DOMAIN_AFFECT_CONFIG };
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  g_autoptr (GError) why = NULL;
  guint places;

  *xml = NULL;
  if (domain == NULL)
    return FALSE;
  places = get_places (domain);
  for (gsize i = 0; i < G_N_ELEMENTS (order) && *xml == NULL; i++) {
    g_clear_error (&why);
    if ((places & order[i]) != 0)
      *xml = read_one (domain, uri, order[i], &why);
  }
  if (why == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

/* An element to set or remove. */
typedef struct {
  const char *key, *uri;
  const char *xml; /* NULL: remove the element */
  const char *old; /* replace only this one; NULL: any */
} Change;

/* Removing a missing element is skipped: watchers would get an event. */
static gboolean
is_wanted (virDomainPtr domain, const Change *change, guint flags)
{
  g_autoptr (GError) why = NULL;
  g_autofree char *there = NULL;

  if (change->xml != NULL && change->old == NULL)
    return TRUE;
  there = read_one (domain, change->uri, flags, &why);
  if (there == NULL)
    return why != NULL;
  return change->old == NULL || strcmp (there, change->old) == 0;
}

static gboolean
write_one (virDomainPtr domain, const Change *change, guint flags,
           GError **error)
{
  if (!is_wanted (domain, change, flags)
      || virDomainSetMetadata (domain, VIR_DOMAIN_METADATA_ELEMENT, change->xml,
                               change->key, change->uri, flags)
             == 0)
    return TRUE;
  return vg_host_throw (error, "the metadata of domain %s can't be changed",
                        virDomainGetName (domain));
}

static gboolean
write_all (VgGuest *guest, const Change *change, GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  guint places;

  if (domain == NULL)
    return FALSE;
  places = get_places (domain);
  g_debug ("domain %s: metadata %s: %s", vg_guest_get_name (guest), change->uri,
           change->xml != NULL ? "set" : "removed");
  if ((places & VIR_DOMAIN_AFFECT_LIVE) != 0
      && !write_one (domain, change, VIR_DOMAIN_AFFECT_LIVE, error))
    return FALSE;
  return (places & VIR_DOMAIN_AFFECT_CONFIG) == 0
         || write_one (domain, change, VIR_DOMAIN_AFFECT_CONFIG, error);
}

gboolean
vg_guest_set_metadata (VgGuest *guest, const char *key, const char *uri,
                       const char *xml, GError **error)
{
  const Change change = { key, uri, xml, NULL };

  return write_all (guest, &change, error);
}

gboolean
vg_guest_drop_metadata (VgGuest *guest, const char *uri, const char *xml,
                        GError **error)
{
  const Change change = { NULL, uri, NULL, xml };

  return write_all (guest, &change, error);
}

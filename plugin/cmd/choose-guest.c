/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt tells the domain's XML, and Ceph which cluster has its root disk. */
#include "cmd/choose-guest.h"

#include "job/gather.h"

#define REST_US (30 * G_USEC_PER_SEC)

struct _VgGuestFinder {
  const VgConfig *config;
  VgHost *host;
  GMutex lock;          /* protects the member below */
  gint64 resting_until; /* by g_get_monotonic_time(); 0: it isn't */
};

VgGuestFinder *
vg_guest_finder_new (const VgConfig *config, const char *uri)
{
  VgGuestFinder *finder = g_new0 (VgGuestFinder, 1);

  finder->config = config;
  finder->host = vg_host_new (uri);
  g_mutex_init (&finder->lock);
  return finder;
}

void
vg_guest_finder_free (VgGuestFinder *finder)
{
  if (finder == NULL)
    return;
  vg_host_free (finder->host);
  g_mutex_clear (&finder->lock);
  g_free (finder);
}

VgUploadGuest *
vg_guest_finder_look (VgGuestFinder *finder, const char *name,
                      GCancellable *cancellable, GError **error)
{
  g_autoptr (VgGuest) guest = vg_guest_find (finder->host, name, error);
  g_autoptr (VgDomain) domain =
      guest != NULL ? vg_guest_read (guest, error) : NULL;
  g_autoptr (VgCeph) ceph = NULL;
  VgJob job = { .config = finder->config, .cancellable = cancellable };
  VgUploadGuest *found;

  if (domain == NULL)
    return NULL;
  ceph = vg_ceph_new (finder->config, finder->host);
  job.peers.guest = guest;
  job.peers.ceph = ceph;
  found = g_new0 (VgUploadGuest, 1);
  found->project = g_strdup (domain->owner_project);
  found->flavor_store = g_strdup (domain->flavor_store);
  found->image = g_strdup (domain->image_ref);
  found->disk_fsid = vg_gather_root_fsid (&job, domain);
  found->volume_backed = domain->origin == VG_ORIGIN_VOLUME;
  return found;
}

static gboolean
is_resting (VgGuestFinder *finder)
{
  gboolean resting;

  g_mutex_lock (&finder->lock);
  resting = g_get_monotonic_time () < finder->resting_until;
  g_mutex_unlock (&finder->lock);
  return resting;
}

static void
rest (VgGuestFinder *finder)
{
  g_mutex_lock (&finder->lock);
  finder->resting_until = g_get_monotonic_time () + REST_US;
  g_mutex_unlock (&finder->lock);
}

VgUploadGuest *
vg_guest_finder_find (const char *uuid, GCancellable *cancellable,
                      gpointer data)
{
  VgGuestFinder *finder = data;
  g_autoptr (GError) error = NULL;
  VgUploadGuest *guest;

  if (is_resting (finder))
    return NULL;
  guest = vg_guest_finder_look (finder, uuid, cancellable, &error);
  if (guest != NULL
      || g_error_matches (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN))
    return guest;
  g_warning ("the store of an image of domain %s is chosen without what its "
             "guest tells: %s",
             uuid, error->message);
  if (error->domain == VG_HOST_ERROR)
    rest (finder);
  return NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's snapshots of a domain, and jobs that merge their files. */
#include "host/libvirt-snapshots.h"

#include <libvirt/virterror.h>

#include "host/private.h"
#include "util/text.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (virDomainSnapshot, virDomainSnapshotFree)

#define MAX_SHOWN 80 /* characters of untrusted input in a message */

char **
vg_guest_list_savepoints (VgGuest *guest, GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  virDomainSnapshotPtr *snapshots = NULL;
  char **names;
  int n;

  if (domain == NULL)
    return NULL;
  n = virDomainListAllSnapshots (domain, &snapshots, 0);
  if (n < 0) {
    vg_host_throw (error, "the snapshots of domain %s can't be listed",
                   vg_guest_get_name (guest));
    return NULL;
  }
  names = g_new0 (char *, n + 1);
  for (int i = 0; i < n; i++) {
    names[i] = g_strdup (virDomainSnapshotGetName (snapshots[i]));
    virDomainSnapshotFree (snapshots[i]);
  }
  free (snapshots);
  return names;
}

static void
throw_missing (VgGuest *guest, const char *name, GError **error)
{
  g_autofree char *shown = vg_text_clean (name, MAX_SHOWN);

  if (virGetLastErrorCode () != VIR_ERR_NO_DOMAIN_SNAPSHOT) {
    vg_host_throw (error, "snapshot '%s' of domain %s can't be read", shown,
                   vg_guest_get_name (guest));
    return;
  }
  g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_SNAPSHOT,
               "domain %s has no snapshot '%s'; 'virsh snapshot-list %s' lists "
               "its snapshots",
               vg_guest_get_name (guest), shown, vg_guest_get_name (guest));
}

char *
vg_guest_get_snapshot_xml (VgGuest *guest, const char *name, GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  g_autoptr (virDomainSnapshot) snapshot = NULL;
  char *xml = NULL, *copy;

  if (domain == NULL)
    return NULL;
  g_debug ("domain %s: snapshot-dumpxml %s", vg_guest_get_name (guest), name);
  snapshot = virDomainSnapshotLookupByName (domain, name, 0);
  if (snapshot != NULL)
    xml = virDomainSnapshotGetXMLDesc (snapshot, 0);
  if (xml == NULL) {
    throw_missing (guest, name, error);
    return NULL;
  }
  copy = g_strdup (xml);
  free (xml);
  return copy;
}

static const char *
get_job_name (int type)
{
  switch (type) {
  case VIR_DOMAIN_BLOCK_JOB_TYPE_PULL:
    return "blockpull";
  case VIR_DOMAIN_BLOCK_JOB_TYPE_COPY:
    return "blockcopy";
  case VIR_DOMAIN_BLOCK_JOB_TYPE_COMMIT:
  case VIR_DOMAIN_BLOCK_JOB_TYPE_ACTIVE_COMMIT:
    return "blockcommit";
  default:
    return NULL;
  }
}

gboolean
vg_guest_check_unmerged (VgGuest *guest, const char *target, GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  virDomainBlockJobInfo info = { 0 };
  const char *name;
  int n;

  if (domain == NULL)
    return FALSE;
  n = virDomainGetBlockJobInfo (domain, target, &info, 0);
  /* A shut-off domain has no block jobs. */
  if (n < 0 && virDomainIsActive (domain) == 0)
    return TRUE;
  if (n < 0)
    return vg_host_throw (error, "the block jobs of domain %s can't be read",
                          vg_guest_get_name (guest));
  name = n > 0 ? get_job_name (info.type) : NULL;
  if (name == NULL)
    return TRUE;
  g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_BUSY,
               "disk %s of domain %s has an active %s, which changes its "
               "files; 'virsh blockjob %s %s' shows it",
               target, vg_guest_get_name (guest), name,
               vg_guest_get_name (guest), target);
  return FALSE;
}

gboolean
vg_guest_has_managed_save (VgGuest *guest, gboolean *saved, GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  int answer;

  if (domain == NULL)
    return FALSE;
  answer = virDomainHasManagedSaveImage (domain, 0);
  if (answer < 0)
    return vg_host_throw (error, "the saved state of domain %s can't be read",
                          vg_guest_get_name (guest));
  *saved = answer == 1;
  return TRUE;
}

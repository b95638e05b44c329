/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One domain, identified by its UUID and looked up for every call, because the
 * connection may have been replaced. */
#include "host/guest.h"

#include <libvirt/virterror.h>
#include <string.h>

#include "host/private.h"
#include "util/text.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (virStoragePool, virStoragePoolFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (virStorageVol, virStorageVolFree)

#define MAX_SHOWN 80 /* characters of untrusted input in a message */

struct _VgGuest {
  VgHost *host;
  char *name;
  char uuid[VIR_UUID_STRING_BUFLEN];
  virDomainPtr held; /* or NULL */
  guint held_limit_s;
};

virDomainPtr
vg_guest_lookup (VgGuest *guest, GError **error)
{
  g_autoptr (virConnect) connection =
      vg_host_ref_connection (guest->host, error);
  virDomainPtr domain;

  if (connection == NULL)
    return NULL;
  if (guest->held != NULL && virDomainGetConnect (guest->held) == connection) {
    virDomainRef (guest->held);
    return guest->held;
  }
  domain = virDomainLookupByUUIDString (connection, guest->uuid);
  if (domain == NULL) {
    vg_host_throw (error, "domain %s", guest->name);
    return NULL;
  }
  return domain;
}

void
vg_guest_hold (VgGuest *guest, virDomainPtr domain, guint agent_limit_s)
{
  virDomainRef (domain);
  vg_guest_let_go (guest);
  guest->held = domain;
  guest->held_limit_s = agent_limit_s;
}

guint
vg_guest_get_held_limit (VgGuest *guest, virDomainPtr domain)
{
  return guest->held == domain ? guest->held_limit_s : 0;
}

void
vg_guest_let_go (VgGuest *guest)
{
  if (guest->held != NULL)
    virDomainFree (guest->held);
  guest->held = NULL;
}

static virDomainPtr
look_up (virConnectPtr connection, const char *name)
{
  virDomainPtr domain = NULL;
  guint64 id;

  if (g_ascii_string_to_unsigned (name, 10, 0, G_MAXINT, &id, NULL))
    domain = virDomainLookupByID (connection, (int) id);
  if (domain == NULL && strlen (name) == VIR_UUID_STRING_BUFLEN - 1)
    domain = virDomainLookupByUUIDString (connection, name);
  if (domain == NULL)
    domain = virDomainLookupByName (connection, name);
  return domain;
}

/* The libvirt of an ordinary user alone, who may not have meant it. */
static gboolean
is_session (VgHost *host)
{
  return g_str_has_suffix (vg_host_get_uri (host), "///session");
}

VgGuest *
vg_guest_find (VgHost *host, const char *name, GError **error)
{
  g_autoptr (virConnect) connection = vg_host_ref_connection (host, error);
  g_autoptr (virDomain) domain = NULL;
  VgGuest *guest;

  if (connection == NULL)
    return NULL;
  domain = look_up (connection, name);
  if (domain == NULL) {
    virErrorPtr last = virGetLastError ();
    g_autofree char *shown = vg_text_clean (name, MAX_SHOWN);

    if (last != NULL && last->code == VIR_ERR_NO_DOMAIN)
      g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN,
                   "no domain '%s' at %s; 'virsh -c %s list --all' lists the "
                   "domains%s",
                   shown, vg_host_get_uri (host), vg_host_get_uri (host),
                   is_session (host) ? "; the host's are at -c qemu:///system"
                                     : "");
    else
      vg_host_throw (error, "domain '%s' can't be looked up", shown);
    return NULL;
  }
  guest = g_new0 (VgGuest, 1);
  guest->host = host;
  guest->name = g_strdup (virDomainGetName (domain));
  virDomainGetUUIDString (domain, guest->uuid);
  return guest;
}

void
vg_guest_free (VgGuest *guest)
{
  if (guest == NULL)
    return;
  vg_guest_let_go (guest);
  g_free (guest->name);
  g_free (guest);
}

VgHost *
vg_guest_get_host (VgGuest *guest)
{
  return guest->host;
}

const char *
vg_guest_get_name (VgGuest *guest)
{
  return guest->name;
}

const char *
vg_guest_get_uuid (VgGuest *guest)
{
  return guest->uuid;
}

static char *
get_xml (VgGuest *guest, virDomainPtr domain, guint flags, GError **error)
{
  char *xml, *copy;

  g_debug ("domain %s: dumpxml %u", guest->name, flags);
  xml = virDomainGetXMLDesc (domain, flags);
  if (xml == NULL) {
    vg_host_throw (error, "the XML of domain %s can't be read", guest->name);
    return NULL;
  }
  copy = g_strdup (xml);
  free (xml);
  return copy;
}

char *
vg_guest_get_xml (VgGuest *guest, GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);

  return domain != NULL ? get_xml (guest, domain, 0, error) : NULL;
}

char *
vg_guest_get_definition (VgGuest *guest, GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);

  return domain != NULL
             ? get_xml (guest, domain, VIR_DOMAIN_XML_INACTIVE, error)
             : NULL;
}

static VgDomain *
read_xml (VgGuest *guest, virDomainPtr domain, guint flags, GError **error)
{
  g_autofree char *xml = get_xml (guest, domain, flags, error);
  VgDomain *parsed = xml != NULL ? vg_domain_parse (xml, -1, error) : NULL;

  if (xml != NULL && parsed == NULL)
    g_prefix_error (error, "domain %s: ", vg_guest_get_name (guest));
  return parsed;
}

/* A domain that isn't running has the id -1; it has only its definition. */
VgDomain *
vg_guest_read (VgGuest *guest, GError **error)
{
  g_autoptr (virDomain) found = vg_guest_lookup (guest, error);
  g_autoptr (VgDomain) domain = NULL, definition = NULL;

  if (found != NULL)
    domain = read_xml (guest, found, 0, error);
  if (domain == NULL)
    return NULL;
  if (domain->policy != NULL || virDomainGetID (found) == (guint) -1)
    return g_steal_pointer (&domain);
  definition = read_xml (guest, found, VIR_DOMAIN_XML_INACTIVE, error);
  if (definition == NULL)
    return NULL;
  vg_domain_adopt_policy (domain, definition);
  return g_steal_pointer (&domain);
}

gboolean
vg_guest_get_active (VgGuest *guest, gboolean *active, GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  int answer;

  if (domain == NULL)
    return FALSE;
  answer = virDomainIsActive (domain);
  g_debug ("domain %s: active: %d", guest->name, answer);
  if (answer < 0)
    return vg_host_throw (error, "the state of domain %s can't be read",
                          guest->name);
  *active = answer == 1;
  return TRUE;
}

gboolean
vg_guest_get_persistent (VgGuest *guest, gboolean *persistent, GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  int answer;

  if (domain == NULL)
    return FALSE;
  answer = virDomainIsPersistent (domain);
  g_debug ("domain %s: persistent: %d", guest->name, answer);
  if (answer < 0)
    return vg_host_throw (error, "the state of domain %s can't be read",
                          guest->name);
  *persistent = answer == 1;
  return TRUE;
}

gboolean
vg_guest_get_stop_reason (VgGuest *guest, const char **reason, GError **error)
{
  static const char *const reasons[] = {
    [VIR_DOMAIN_SHUTOFF_UNKNOWN] = "unknown",
    [VIR_DOMAIN_SHUTOFF_SHUTDOWN] = "shutdown",
    [VIR_DOMAIN_SHUTOFF_DESTROYED] = "destroyed",
    [VIR_DOMAIN_SHUTOFF_CRASHED] = "crashed",
    [VIR_DOMAIN_SHUTOFF_MIGRATED] = "migrated",
    [VIR_DOMAIN_SHUTOFF_SAVED] = "saved",
    [VIR_DOMAIN_SHUTOFF_FAILED] = "failed",
    [VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT] = "from snapshot",
    [VIR_DOMAIN_SHUTOFF_DAEMON] = "daemon",
  };
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  int state, number;

  if (domain == NULL)
    return FALSE;
  if (virDomainGetState (domain, &state, &number, 0) < 0)
    return vg_host_throw (error, "the state of domain %s can't be read",
                          guest->name);
  *reason = NULL;
  if (state == VIR_DOMAIN_SHUTOFF)
    *reason = number >= 0 && number < (int) G_N_ELEMENTS (reasons)
                  ? reasons[number]
                  : reasons[VIR_DOMAIN_SHUTOFF_UNKNOWN];
  return TRUE;
}

/* libvirt forgets the reason when its daemon is restarted, but not a managed
 * image. */
gboolean
vg_guest_get_saved (VgGuest *guest, gboolean *saved, GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  int state, reason;

  if (domain == NULL)
    return FALSE;
  if (virDomainGetState (domain, &state, &reason, 0) < 0)
    return vg_host_throw (error, "the state of domain %s can't be read",
                          guest->name);
  *saved = state == VIR_DOMAIN_SHUTOFF
           && (reason == VIR_DOMAIN_SHUTOFF_SAVED
               || virDomainHasManagedSaveImage (domain, 0) == 1);
  return TRUE;
}

gboolean
vg_guest_get_capacity (VgGuest *guest, const char *target, guint64 *bytes,
                       GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  virDomainBlockInfo info;

  if (domain == NULL)
    return FALSE;
  if (virDomainGetBlockInfo (domain, target, &info, 0) < 0)
    return vg_host_throw (error,
                          "the size of disk %s of domain %s can't be "
                          "read",
                          target, guest->name);
  *bytes = info.capacity;
  return TRUE;
}

char *
vg_guest_get_volume_path (VgGuest *guest, const char *pool, const char *volume,
                          GError **error)
{
  g_autoptr (virConnect) connection =
      vg_host_ref_connection (guest->host, error);
  g_autoptr (virStoragePool) found = NULL;
  g_autoptr (virStorageVol) file = NULL;
  char *path, *copy;

  if (connection == NULL)
    return NULL;
  found = virStoragePoolLookupByName (connection, pool);
  if (found != NULL)
    file = virStorageVolLookupByName (found, volume);
  path = file != NULL ? virStorageVolGetPath (file) : NULL;
  if (path == NULL) {
    vg_host_throw (error, "volume %s of storage pool %s can't be found", volume,
                   pool);
    return NULL;
  }
  copy = g_strdup (path);
  free (path);
  return copy;
}

gboolean
vg_guest_get_base_label (VgGuest *guest, char **label, GError **error)
{
  return vg_host_get_base_label (guest->host, label, error);
}

gboolean
vg_guest_is_volume (VgGuest *guest, const char *path)
{
  g_autoptr (virConnect) connection =
      vg_host_ref_connection (guest->host, NULL);
  g_autoptr (virStorageVol) found = NULL;

  if (connection != NULL)
    found = virStorageVolLookupByPath (connection, path);
  g_debug ("libvirt: volume %s: %s", path,
           found != NULL ? "found" : virGetLastErrorMessage ());
  return found != NULL;
}

guint
vg_guest_get_epoch (VgGuest *guest)
{
  return vg_starts_count (vg_host_get_starts (guest->host), guest->uuid);
}

gboolean
vg_guest_is_gone (const GError *error)
{
  return g_error_matches (error, VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN);
}

gboolean
vg_guest_check_idle (VgGuest *guest, GError **error)
{
  g_autoptr (virDomain) domain = vg_guest_lookup (guest, error);
  virDomainJobInfo info;

  if (domain == NULL)
    return FALSE;
  if (virDomainGetJobInfo (domain, &info) < 0)
    return vg_host_throw (error, "the jobs of domain %s can't be read",
                          guest->name);
  if (info.type == VIR_DOMAIN_JOB_NONE)
    return TRUE;
  g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_BUSY,
               "domain %s has another active job, which 'virsh domjobinfo %s' "
               "shows; try again when it has ended",
               guest->name, guest->name);
  return FALSE;
}

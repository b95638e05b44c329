/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections to Ceph clusters: the choice of user and key. */
#include "instant/ceph.h"

#include <string.h>

#include "host/secret.h"
#include "util/look.h"
#include "util/secret.h"

/* A connection, or a failed attempt at one. */
typedef struct {
  VgCephAddress *address;
  VgCluster *cluster; /* or */
  GError *problem;
} Entry;

struct _VgCeph {
  const VgConfig *config;
  VgHost *host;
  GPtrArray *entries;
};

static void
free_entry (gpointer data)
{
  Entry *entry = data;

  vg_ceph_address_free (entry->address);
  vg_cluster_free (entry->cluster);
  g_clear_error (&entry->problem);
  g_free (entry);
}

VgCeph *
vg_ceph_new (const VgConfig *config, VgHost *host)
{
  VgCeph *ceph = g_new0 (VgCeph, 1);

  ceph->config = config;
  ceph->host = host;
  ceph->entries = g_ptr_array_new_with_free_func (free_entry);
  return ceph;
}

void
vg_ceph_free (VgCeph *ceph)
{
  if (ceph == NULL)
    return;
  g_ptr_array_unref (ceph->entries);
  g_free (ceph);
}

/* A key from libvirt. NULL without an error if the XML names none. */
static char *
get_key (VgCeph *ceph, const char *uuid, const char *usage, GError **error)
{
  if (uuid == NULL && usage == NULL)
    return NULL;
  if (ceph->host != NULL)
    return vg_host_get_secret (ceph->host, uuid, usage, error);
  g_set_error (error, VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION,
               "libvirt's secret %s can't be read without libvirt",
               uuid != NULL ? uuid : usage);
  return NULL;
}

static const char *
get_conf (const VgCeph *ceph, const VgCephAddress *address)
{
  return address->conf != NULL ? address->conf : ceph->config->rbd_ceph_conf;
}

/* Uses the user in the disk's XML. Without a secret, its key may be in a
 * keyring known from ceph.conf. */
static VgCluster *
connect_as_named (VgCeph *ceph, const VgRbd *rbd, const VgCephAddress *address,
                  GError **error)
{
  g_autoptr (GError) no_key = NULL;
  char *key =
      get_key (ceph, address->secret_uuid, address->secret_usage, &no_key);
  VgClusterAccess access = {
    .conf = get_conf (ceph, address),
    .monitors = address->monitors,
    .user = address->user,
    .key = key,
  };
  VgCluster *cluster = rbd->connect (&access, error);

  vg_secret_free (key);
  if (cluster == NULL && no_key != NULL)
    g_prefix_error (error, "%s; ", no_key->message);
  return cluster;
}

/* Uses the user in the configuration, or else ceph.conf's default. */
static VgCluster *
connect_as_configured (VgCeph *ceph, const VgRbd *rbd,
                       const VgCephAddress *address, GError **error)
{
  g_autoptr (GError) no_key = NULL;
  char *key = get_key (ceph, ceph->config->rbd_secret_uuid, NULL, &no_key);
  VgClusterAccess access = {
    .conf = get_conf (ceph, address),
    .monitors = address->monitors,
    .user = ceph->config->rbd_user,
    .key = key,
    .keyring = ceph->config->rbd_keyring,
  };
  VgCluster *cluster = rbd->connect (&access, error);

  vg_secret_free (key);
  if (cluster == NULL && no_key != NULL)
    g_prefix_error (error, "%s; ", no_key->message);
  return cluster;
}

/* What Ceph's libraries read. They tell a missing file themselves. */
static gboolean
check_files (const VgCeph *ceph, const VgCephAddress *address, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (vg_look_check_regular (get_conf (ceph, address), NULL, &why)
      && vg_look_check_regular (ceph->config->rbd_keyring, NULL, &why))
    return TRUE;
  g_set_error_literal (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN, why->message);
  return FALSE;
}

static VgCluster *
connect_anyhow (VgCeph *ceph, const VgRbd *rbd, const VgCephAddress *address,
                GError **error)
{
  g_autoptr (GError) why = NULL;
  VgCluster *cluster;

  if (!check_files (ceph, address, error))
    return NULL;
  if (address->user == NULL)
    return connect_as_configured (ceph, rbd, address, error);
  cluster = connect_as_named (ceph, rbd, address, &why);
  if (cluster == NULL && ceph->config->rbd_user != NULL
      && !g_error_matches (why, VG_DISK_ERROR, VG_DISK_ERROR_UNREACHABLE)) {
    g_debug ("%s; trying [ceph] rbd_user", why->message);
    g_clear_error (&why);
    cluster = connect_as_configured (ceph, rbd, address, &why);
  }
  if (cluster == NULL)
    g_propagate_error (error, g_steal_pointer (&why));
  return cluster;
}

static Entry *
find_entry (VgCeph *ceph, const VgCephAddress *address)
{
  for (guint i = 0; i < ceph->entries->len; i++) {
    Entry *entry = ceph->entries->pdata[i];

    if (vg_ceph_address_equal (entry->address, address))
      return entry;
  }
  return NULL;
}

VgCluster *
vg_ceph_connect (VgCeph *ceph, VgCephAddress *address, GError **error)
{
  Entry *entry = find_entry (ceph, address);
  const VgRbd *rbd = vg_rbd_load (error);

  if (rbd == NULL)
    return NULL;
  if (entry == NULL) {
    entry = g_new0 (Entry, 1);
    entry->address = vg_ceph_address_copy (address);
    entry->cluster = connect_anyhow (ceph, rbd, address, &entry->problem);
    g_ptr_array_add (ceph->entries, entry);
  }
  if (entry->cluster == NULL) {
    g_propagate_error (error, g_error_copy (entry->problem));
    return NULL;
  }
  g_free (address->fsid);
  address->fsid = g_strdup (entry->cluster->fsid);
  return entry->cluster;
}

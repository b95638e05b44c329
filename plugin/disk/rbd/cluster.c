/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connects to Ceph, and maps its errors. Options set by rados_conf_set take
 * precedence over ceph.conf and the monitors' configuration. */
#include "disk/rbd/cluster.h"

#include <errno.h>

#include "disk/rbd/private.h"

typedef struct {
  VgCluster base;
  rados_t rados;
  char fsid[64];
  char *user;
} Cluster;

static const struct {
  const char *name, *value;
} options[] = {
  { "client_mount_timeout", "10" }, /* seconds */
  { "rados_mon_op_timeout", "10" },
  { "rados_osd_op_timeout", "30" },
  { "log_to_stderr", "false" },
  { "err_to_stderr", "false" },
  { "admin_socket", "" },
  /* Each byte is read once, and written data are not read. */
  { "rbd_cache", "false" },
};

rados_t
vg_cluster_get_rados (VgCluster *cluster)
{
  return ((Cluster *) cluster)->rados;
}

static gboolean
throw_configuration (GError **error, const char *what, int result)
{
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN,
               "%s can't be used to connect to Ceph: %s", what,
               g_strerror (-result));
  return FALSE;
}

static gboolean
set_option (rados_t rados, const char *name, const char *value, GError **error)
{
  int result = rados_conf_set (rados, name, value);

  return result >= 0 || throw_configuration (error, name, result);
}

static gboolean
configure_client (rados_t rados, const VgClusterAccess *access, GError **error)
{
  int result = rados_conf_read_file (rados, access->conf);

  if (result < 0
      && (result != -ENOENT || access->conf != NULL
          || access->monitors == NULL))
    return throw_configuration (
        error, access->conf ? access->conf : "/etc/ceph/ceph.conf", result);
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    if (!set_option (rados, options[i].name, options[i].value, error))
      return FALSE;
  if (access->monitors != NULL
      && !set_option (rados, "mon_host", access->monitors, error))
    return FALSE;
  if (access->key != NULL)
    return set_option (rados, "keyring", "", error)
           && set_option (rados, "key", access->key, error);
  return access->keyring == NULL
         || set_option (rados, "keyring", access->keyring, error);
}

static gboolean
throw_connect (const Cluster *cluster, int result, GError **error)
{
  char monitors[1024] = "";
  VgDiskError code = VG_DISK_ERROR_OPEN;
  g_autofree char *why = NULL;

  rados_conf_get (cluster->rados, "mon_host", monitors, sizeof monitors - 1);
  switch (-result) {
  case ETIMEDOUT:
    code = VG_DISK_ERROR_UNREACHABLE;
    why = g_strdup ("no monitor answered in time");
    break;
  case EACCES:
  case EPERM:
    code = VG_DISK_ERROR_DENIED;
    why = g_strdup_printf ("its key is not that of client.%s, or there is no "
                           "such user; see 'ceph auth ls'",
                           cluster->user);
    break;
  case EOPNOTSUPP:
    code = VG_DISK_ERROR_DENIED;
    why = g_strdup_printf ("there is no key for client.%s", cluster->user);
    break;
  case ENOENT:
    why = g_strdup ("no monitors are known");
    break;
  case EINVAL:
    why = g_strdup ("a monitor address or the key is malformed or missing");
    break;
  default:
    why = g_strdup (g_strerror (-result));
  }
  g_set_error (error, VG_DISK_ERROR, code,
               "connecting as client.%s to the Ceph cluster at %s failed: %s",
               cluster->user, *monitors ? monitors : "unknown monitors", why);
  return FALSE;
}

static const struct {
  int error;
  VgDiskError code;
  const char *why;
} meanings[] = {
  { ENOENT, VG_DISK_ERROR_MISSING, "it is not there" },
  { EEXIST, VG_DISK_ERROR_EXISTS, "there is one already" },
  { ETIMEDOUT, VG_DISK_ERROR_UNREACHABLE,
    "the Ceph cluster did not answer in time" },
  { ENOTCONN, VG_DISK_ERROR_UNREACHABLE,
    "the connection to the Ceph cluster was lost" },
  { ESHUTDOWN, VG_DISK_ERROR_UNREACHABLE,
    "this client is on the Ceph cluster's blocklist" },
  { EDQUOT, VG_DISK_ERROR_FULL, "the quota of its pool is exhausted" },
  { ENOSPC, VG_DISK_ERROR_FULL, "the Ceph cluster, or its pool, is full" },
  { EBUSY, VG_DISK_ERROR_BUSY, "it is in use, or clones depend on it" },
  { ENOTEMPTY, VG_DISK_ERROR_BUSY, "it still has snapshots" },
};

gboolean
vg_rbd_throw (const VgCluster *cluster, int result, GError **error,
              const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  if (result == -EPERM || result == -EACCES || result == -EROFS) {
    g_set_error (
        error, VG_DISK_ERROR, VG_DISK_ERROR_DENIED,
        "%s: client.%s lacks permission in Ceph; it needs the caps "
        "'profile rbd' for the pool, and for the image's data pool if it "
        "has one",
        what, cluster->user);
    return FALSE;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (meanings); i++)
    if (meanings[i].error == -result) {
      g_set_error (error, VG_DISK_ERROR, (int) meanings[i].code, "%s: %s", what,
                   meanings[i].why);
      return FALSE;
    }
  g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_OPEN, "%s: %s", what,
               g_strerror (-result));
  return FALSE;
}

gboolean
vg_rbd_is_missing (GError **error)
{
  if (!g_error_matches (*error, VG_DISK_ERROR, VG_DISK_ERROR_MISSING))
    return FALSE;
  g_clear_error (error);
  return TRUE;
}

static void
cluster_free (VgCluster *base)
{
  Cluster *cluster = (Cluster *) base;

  if (cluster->rados != NULL)
    rados_shutdown (cluster->rados);
  g_free (cluster->user);
  g_free (cluster);
}

VgCluster *
vg_cluster_connect (const VgClusterAccess *access, GError **error)
{
  Cluster *cluster = g_new0 (Cluster, 1);
  g_autoptr (VgCluster) base = &cluster->base;
  g_autofree char *name = NULL;
  int result;

  cluster->base.free = cluster_free;
  cluster->base.fsid = cluster->fsid;
  cluster->base.user = cluster->user =
      g_strdup (access->user ? access->user : "admin");
  name = g_strconcat ("client.", cluster->user, NULL);
  result = rados_create2 (&cluster->rados, "ceph", name, 0);
  if (result < 0) {
    throw_configuration (error, name, result);
    return NULL;
  }
  if (!configure_client (cluster->rados, access, error))
    return NULL;
  result = rados_connect (cluster->rados);
  if (result >= 0)
    result = rados_cluster_fsid (cluster->rados, cluster->fsid,
                                 sizeof cluster->fsid);
  if (result < 0) {
    throw_connect (cluster, result, error);
    return NULL;
  }
  return g_steal_pointer (&base);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection to a Ceph cluster. https://docs.ceph.com/en/latest/rados/api/
 *
 * All calls have time limits: 10 s for connecting, 10 s for a query to the
 * monitors, 30 s for an operation on the disks. Messages never contain the key,
 * and the libraries' own messages are switched off.
 *
 * Errors of this directory are VG_DISK_ERROR: _UNREACHABLE, _DENIED, _MISSING,
 * _EXISTS, _BUSY, _FULL; _OPEN for all others.
 */
#pragma once

#include <glib.h>

#include "util/source.h"

typedef struct {
  const char *conf; /* path of a ceph.conf; NULL: Ceph's default, which may be
                       missing if monitors are given */
  const char *monitors; /* see vg_source_get_monitors(); NULL: from conf */
  const char *user;     /* "nova"; NULL: "admin" */
  const char *key;      /* base64, as in a keyring; or NULL */
  const char *keyring;  /* path, if key is NULL; NULL: from conf */
} VgClusterAccess;

typedef struct _VgCluster VgCluster;

/* Several threads may use it. */
struct _VgCluster {
  const char *fsid; /* the cluster's UUID */
  const char *user;
  void (*free) (VgCluster *self);
};

/* Connects. Blocks for at most 10 s if no monitor answers. Free with
 * vg_cluster_free(), after everything opened with it. */
VgCluster *vg_cluster_connect (const VgClusterAccess *access, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

static inline void
vg_cluster_free (VgCluster *cluster)
{
  if (cluster != NULL)
    cluster->free (cluster);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCluster, vg_cluster_free)

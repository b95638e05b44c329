/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection to a Ceph cluster. https://docs.ceph.com/en/latest/rados/api/
 *
 * Nothing here waits for ever: connecting takes 10 s at most, a question to
 * the monitors 10 s, one operation on the disks 30 s. No message has the key,
 * and the libraries' own messages are switched off.
 *
 * Errors of this folder are VG_DISK_ERROR: _UNREACHABLE, _DENIED, _MISSING,
 * _EXISTS, _BUSY, _FULL; _OPEN for all others.
 */
#pragma once

#include <glib.h>

#include "util/source.h"

typedef struct {
  const char *conf;     /* path of a ceph.conf; NULL: where Ceph looks for it,
                           and none is no error if monitors are given */
  const char *monitors; /* see vg_source_get_monitors(); NULL: conf says it */
  const char *user;     /* "nova"; NULL: "admin" */
  const char *key;      /* base64, as in a keyring; or NULL */
  const char *keyring;  /* path, where key is NULL; NULL: conf says it */
} VgClusterAccess;

typedef struct _VgCluster VgCluster;

/* Its functions may be called by several threads. */
struct _VgCluster {
  const char *fsid; /* the cluster's UUID */
  const char *user;
  void (*free) (VgCluster *self);
};

/* Connects. Blocks for 10 s at most where no monitor answers. Free with
 * vg_cluster_free(), after all that was opened with it. */
VgCluster *vg_cluster_connect (const VgClusterAccess *access, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

static inline void
vg_cluster_free (VgCluster *cluster)
{
  if (cluster != NULL)
    cluster->free (cluster);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCluster, vg_cluster_free)

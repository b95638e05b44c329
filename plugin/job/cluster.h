/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a job's Ceph clusters are reached, as its journal remembers it. */
#pragma once

#include <glib.h>

#include "util/json.h"
#include "util/source.h"

/* A cluster that a journal's steps name. Without a key: that is fetched when
 * it is needed. All but fsid may be NULL. */
typedef struct {
  char *fsid;     /* the cluster's UUID */
  char *monitors; /* see vg_cluster_monitors() */
  char *conf;     /* path of a ceph.conf */
  char *user;
  char *secret_uuid, *secret_usage; /* libvirt's secret with the key */
} VgJobCluster;

/* The one that the source of a disk names; its fsid is not known yet. Never
 * NULL. Free with vg_job_cluster_free(). */
VgJobCluster *vg_job_cluster_new (const VgSource *source);
VgJobCluster *vg_job_cluster_copy (const VgJobCluster *cluster);
void vg_job_cluster_free (VgJobCluster *cluster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgJobCluster, vg_job_cluster_free)

/* Whether both are reached in the same way, whatever their fsid. */
gboolean vg_job_cluster_equal (const VgJobCluster *a, const VgJobCluster *b);

/* A list of VgJobCluster as a JSON array, and back: adds those that have an
 * fsid to list. */
VgJson *vg_job_clusters_to_json (GPtrArray *list);
void vg_job_clusters_read (GPtrArray *list, VgJson *array);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How to connect to a job's Ceph clusters, as stored in its journal. */
#pragma once

#include <glib.h>

#include "util/json.h"
#include "util/source.h"

/* A cluster in a journal's steps. The key is not stored, but fetched when
 * needed. All but fsid may be NULL. */
typedef struct {
  char *fsid;     /* the cluster's UUID */
  char *monitors; /* see vg_source_get_monitors() */
  char *conf;     /* path of a ceph.conf */
  char *user;
  char *secret_uuid, *secret_usage; /* libvirt's secret with the key */
} VgCephAddress;

/* The cluster of a disk's source; its fsid is not known yet. Never NULL. Free
 * with vg_ceph_address_free(). */
VgCephAddress *vg_ceph_address_new (const VgSource *source);
VgCephAddress *vg_ceph_address_copy (const VgCephAddress *cluster);
void vg_ceph_address_free (VgCephAddress *cluster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCephAddress, vg_ceph_address_free)

/* Whether both are connected to in the same way; ignores the fsid. */
gboolean vg_ceph_address_equal (const VgCephAddress *a, const VgCephAddress *b);

/* Converts a list of VgCephAddress to and from a JSON array; reading adds those
 * that have an fsid to list. */
VgJson *vg_ceph_addresses_to_json (GPtrArray *list);
void vg_ceph_addresses_read (GPtrArray *list, VgJson *array);

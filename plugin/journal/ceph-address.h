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
  char *monitors; /* see vg_source_get_monitors() */
  char *conf;     /* path of a ceph.conf */
  char *user;
  char *secret_uuid, *secret_usage; /* libvirt's secret with the key */
} VgCephAddress;

/* The one that the source of a disk names; its fsid is not known yet. Never
 * NULL. Free with vg_ceph_address_free(). */
VgCephAddress *vg_ceph_address_new (const VgSource *source);
VgCephAddress *vg_ceph_address_copy (const VgCephAddress *cluster);
void vg_ceph_address_free (VgCephAddress *cluster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCephAddress, vg_ceph_address_free)

/* Whether both are reached in the same way, whatever their fsid. */
gboolean vg_ceph_address_equal (const VgCephAddress *a, const VgCephAddress *b);

/* A list of VgCephAddress as a JSON array, and back: adds those that have an
 * fsid to list. */
VgJson *vg_ceph_addresses_to_json (GPtrArray *list);
void vg_ceph_addresses_read (GPtrArray *list, VgJson *array);

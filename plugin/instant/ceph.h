/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's connections to Ceph clusters: opened when first needed, and kept. */
#pragma once

#include "disk/rbd.h"
#include "host/host.h"
#include "journal/ceph-address.h"
#include "util/config.h"

typedef struct _VgCeph VgCeph;

/* Does not connect yet. Both are borrowed and must outlive it; host may be
 * NULL: then keys stored in libvirt are not available. */
VgCeph *vg_ceph_new (const VgConfig *config, VgHost *host);
void vg_ceph_free (VgCeph *ceph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCeph, vg_ceph_free)

/* Connects as the user in address, if any, with libvirt's secret or the key
 * that ceph.conf has for that user; if that fails, as the user of [ceph] in the
 * configuration. Takes up to 10 s per attempt if nothing answers. The cluster
 * is borrowed; sets address->fsid. Failures are cached too. Errors:
 * VG_DISK_ERROR. */
VgCluster *vg_ceph_connect (VgCeph *ceph, VgCephAddress *address,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

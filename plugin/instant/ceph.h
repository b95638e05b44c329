/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's connections to Ceph clusters: made when first needed, and kept. */
#pragma once

#include "disk/rbd.h"
#include "host/host.h"
#include "journal/ceph-address.h"
#include "util/config.h"

typedef struct _VgCeph VgCeph;

/* Connects to nobody yet. Both are borrowed and must outlive it; host may be
 * NULL: then keys that libvirt keeps can't be had. */
VgCeph *vg_ceph_new (const VgConfig *config, VgHost *host);
void vg_ceph_free (VgCeph *ceph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCeph, vg_ceph_free)

/* Connects: as whom address says, if it says so, with libvirt's secret or
 * whatever key ceph.conf has for that user; if that can't be, as the user of
 * [ceph] in the configuration. Takes up to 10 s, or twice, where nobody
 * answers. The cluster is borrowed; address->fsid is filled in. A failure is
 * remembered as well. Errors: VG_DISK_ERROR. */
VgCluster *vg_ceph_connect (VgCeph *ceph, VgCephAddress *address,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

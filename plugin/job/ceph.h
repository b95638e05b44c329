/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's connections to Ceph clusters: made when first needed, and kept. */
#pragma once

#include "disk/rbd.h"
#include "host/host.h"
#include "job/cluster.h"
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
VgCluster *vg_ceph_connect (VgCeph *ceph, VgJobCluster *address, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* What is in a cluster, as a journal's steps name it:
 * "FSID/POOL/IMAGE@SNAPSHOT"
 * (@SNAPSHOT is optional). */
typedef struct {
  char *fsid;
  char *image;    /* "POOL/IMAGE" */
  char *snapshot; /* or NULL */
} VgCephObject;

void vg_ceph_object_clear (VgCephObject *object);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VgCephObject, vg_ceph_object_clear)

/* Such a name. Free with g_free(). */
char *vg_ceph_object_format (const char *fsid, const char *image,
                             const char *snapshot);

/* Fills an empty object. FALSE for what is no such name. */
gboolean vg_ceph_object_parse (const char *text, VgCephObject *object)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of RBD images and snapshots in a journal's steps. */
#pragma once

#include <glib.h>

/* An object in a cluster, named by a journal's steps:
 * "FSID/POOL/IMAGE@SNAPSHOT" (@SNAPSHOT is optional). */
typedef struct {
  char *fsid;
  char *image;    /* "POOL/IMAGE" */
  char *snapshot; /* or NULL */
} VgCephObject;

void vg_ceph_object_clear (VgCephObject *object);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VgCephObject, vg_ceph_object_clear)

/* Formats such a name. Free with g_free(). */
char *vg_ceph_object_format (const char *fsid, const char *image,
                             const char *snapshot);

/* Fills an empty object. FALSE if text is no such name. */
gboolean vg_ceph_object_parse (const char *text, VgCephObject *object)
    G_GNUC_WARN_UNUSED_RESULT;

/* In the name of an old image, between the disk's name and the job's id. */
#define VG_CEPH_OBJECT_OLD ".virt-glance-old-"

/* Of a restore that exchanges the image of a disk: the names of the new image
 * until it is the disk, and of the old one from then on; all "POOL/IMAGE". Free
 * with g_free(). */
char *vg_ceph_object_get_new (const char *image, const char *job_id);
char *vg_ceph_object_get_old (const char *image, const char *job_id);

/* The name of a job's snapshots of RBD images. Free with g_free(). */
char *vg_ceph_object_get_snapshot_name (const char *job_id);

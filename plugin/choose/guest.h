/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a guest of this host tells of the store of its disk's images. */
#pragma once

#include <gio/gio.h>

typedef struct {
  char *project;          /* of its owner; NULL: no guest of Nova's */
  char *flavor_store;     /* its flavor's image_service:store_id, or NULL */
  char *image;            /* UUID of its base image, or NULL */
  char *disk_fsid;        /* of the Ceph cluster with its root disk, or NULL */
  gboolean volume_backed; /* its root disk is a volume */
} VgUploadGuest;

void vg_upload_guest_free (VgUploadGuest *guest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgUploadGuest, vg_upload_guest_free)

/* Finds the guest with that UUID. Blocks; called in any thread. NULL if it is
 * on another host, or can't be looked at. */
typedef VgUploadGuest *(*VgFindUploadGuest) (const char *uuid,
                                             GCancellable *cancellable,
                                             gpointer data);

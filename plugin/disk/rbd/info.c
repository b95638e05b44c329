/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens pools and images by name. */
#include <errno.h>
#include <string.h>

#include "disk/rbd/private.h"

gboolean
vg_rbd_place_open (VgRbdPlace *place, VgCluster *cluster, const char *name,
                   GError **error)
{
  const char *slash = strchr (name, '/');
  const char *last = strrchr (name, '/');
  g_autofree char *pool = NULL;
  int result;

  if (slash == NULL || slash == name || last[1] == '\0') {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_MISSING,
                 "'%s' is not the name of an RBD image (POOL/IMAGE)", name);
    return FALSE;
  }
  pool = g_strndup (name, (gsize) (slash - name));
  result =
      rados_ioctx_create (vg_cluster_get_rados (cluster), pool, &place->io);
  if (result < 0)
    return vg_rbd_throw (cluster, result, error,
                         "pool %s of the Ceph cluster %s can't be opened", pool,
                         cluster->fsid);
  if (last != slash) {
    g_autofree char *space = g_strndup (slash + 1, (gsize) (last - slash - 1));

    rados_ioctx_set_namespace (place->io, space);
  }
  rados_set_pool_full_try (place->io);
  place->name = last + 1;
  return TRUE;
}

void
vg_rbd_place_clear (VgRbdPlace *place)
{
  g_clear_pointer (&place->io, rados_ioctx_destroy);
}

VgRbdImage *
vg_rbd_image_open (VgCluster *cluster, const char *name, const char *snapshot,
                   gboolean read_only, GError **error)
{
  g_autoptr (VgRbdImage) image = g_new0 (VgRbdImage, 1);
  VgRbdPlace *place = &image->place;
  int result;

  if (!vg_rbd_place_open (place, cluster, name, error))
    return NULL;
  if (read_only)
    result = rbd_open_read_only (place->io, place->name, &image->handle, NULL);
  else
    result = rbd_open (place->io, place->name, &image->handle, NULL);
  if (result < 0) {
    image->handle = NULL;
    vg_rbd_throw (cluster, result, error, "RBD image %s can't be opened", name);
    return NULL;
  }
  result = snapshot != NULL ? rbd_snap_set (image->handle, snapshot) : 0;
  if (result < 0) {
    vg_rbd_throw (cluster, result, error,
                  "snapshot %s of RBD image %s can't be opened", snapshot,
                  name);
    return NULL;
  }
  return g_steal_pointer (&image);
}

void
vg_rbd_image_close (VgRbdImage *image)
{
  g_clear_pointer (&image->handle, rbd_close);
  vg_rbd_place_clear (&image->place);
  g_free (image);
}

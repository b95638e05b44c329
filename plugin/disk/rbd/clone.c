/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clones, flattens and removes RBD images. */
#include "disk/rbd/clone.h"

#include <errno.h>
#include <string.h>

#include "disk/rbd/private.h"

/* Ceph's release numbers: the index of the first letter. */
#define MIMIC 13

/* The features that use object maps. */
#define MAPS (RBD_FEATURE_OBJECT_MAP | RBD_FEATURE_FAST_DIFF)
#define MAX_SNAPSHOTS 16
#define MAPS_INVALID (RBD_FLAG_OBJECT_MAP_INVALID | RBD_FLAG_FAST_DIFF_INVALID)

gboolean
vg_rbd_get_clone_format (VgCluster *cluster, guint *format, GError **error)
{
  rados_t rados = vg_cluster_get_rados (cluster);
  char chosen[16] = "";
  gint8 least, required;
  int result;

  rados_conf_get (rados, "rbd_default_clone_format", chosen, sizeof chosen - 1);
  if (strcmp (chosen, "1") == 0 || strcmp (chosen, "2") == 0) {
    *format = (guint) (chosen[0] - '0');
    return TRUE;
  }
  result = rados_get_min_compatible_client (rados, &least, &required);
  if (result < 0)
    return vg_rbd_throw (
        cluster, result, error,
        "the Ceph cluster %s does not say which clients it serves",
        cluster->fsid);
  *format = required >= MIMIC ? 2 : 1;
  return TRUE;
}

gboolean
vg_rbd_clone (VgCluster *cluster, const char *parent, const char *snapshot,
              const char *child, const VgRbdCloning *cloning, GError **error)
{
  g_auto (VgRbdPlace) from = { 0 };
  g_auto (VgRbdPlace) to = { 0 };
  rbd_image_options_t options;
  int result;

  if (!vg_rbd_place_open (&from, cluster, parent, error)
      || !vg_rbd_place_open (&to, cluster, child, error))
    return FALSE;
  rbd_image_options_create (&options);
  result = rbd_image_options_set_uint64 (options, RBD_IMAGE_OPTION_CLONE_FORMAT,
                                         cloning->format);
  if (result >= 0 && cloning->resumable)
    result = rbd_image_options_set_uint64 (
        options, RBD_IMAGE_OPTION_FEATURES_CLEAR, MAPS);
  if (result >= 0)
    result = rbd_clone3 (from.io, from.name, snapshot, to.io, to.name, options);
  rbd_image_options_destroy (options);
  return result >= 0
         || vg_rbd_throw (cluster, result, error,
                          "snapshot %s of RBD image %s can't be cloned to %s",
                          snapshot, parent, child);
}

typedef struct {
  VgRbdProgress progress;
  gpointer data;
  GCancellable *cancellable;
} Watch;

static int
on_progress (uint64_t done, uint64_t total, void *data)
{
  const Watch *watch = data;

  if (g_cancellable_is_cancelled (watch->cancellable))
    return -ECANCELED;
  if (watch->progress != NULL)
    watch->progress (done, total, watch->data);
  return 0;
}

/* Whether it certainly has no parent. */
static gboolean
is_flat (VgRbdImage *image)
{
  rbd_linked_image_spec_t parent;
  rbd_snap_spec_t snapshot;
  int result = rbd_get_parent (image->handle, &parent, &snapshot);

  if (result < 0)
    return result == -ENOENT;
  rbd_linked_image_spec_cleanup (&parent);
  rbd_snap_spec_cleanup (&snapshot);
  return FALSE;
}

gboolean
vg_rbd_flatten (VgCluster *cluster, const char *name, VgRbdProgress progress,
                gpointer data, GCancellable *cancellable, GError **error)
{
  g_autoptr (VgRbdImage) image = NULL;
  Watch watch = { progress, data, cancellable };
  int result;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  image = vg_rbd_image_open (cluster, name, NULL, FALSE, error);
  if (image == NULL)
    return FALSE;
  result = rbd_flatten_with_progress (image->handle, on_progress, &watch);
  if (is_flat (image))
    return TRUE;
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  /* A client that wants to remove the image takes its lock; this stops
   * flattening with various errors. */
  return vg_rbd_throw (cluster,
                       result >= 0 || result == -ENOENT ? -EBUSY : result,
                       error, "RBD image %s can't be flattened", name);
}

static int
ignore_progress (uint64_t done G_GNUC_UNUSED, uint64_t total G_GNUC_UNUSED,
                 void *data G_GNUC_UNUSED)
{
  return 0;
}

/* Of the image, or of its current snapshot. */
static void
rebuild_map (rbd_image_t image)
{
  guint64 flags = 0;

  if (rbd_get_flags (image, &flags) >= 0 && (flags & MAPS_INVALID) != 0)
    rbd_rebuild_object_map (image, ignore_progress, NULL);
}

void
vg_rbd_restore_maps (VgCluster *cluster, const char *name)
{
  g_autoptr (VgRbdImage) image =
      vg_rbd_image_open (cluster, name, NULL, FALSE, NULL);
  rbd_snap_info_t snapshots[MAX_SNAPSHOTS];
  guint64 features = 0;
  int n = MAX_SNAPSHOTS;

  if (image == NULL || rbd_get_features (image->handle, &features) < 0
      || (features & RBD_FEATURE_EXCLUSIVE_LOCK) == 0)
    return;
  if ((features & MAPS) != MAPS
      && rbd_update_features (image->handle, MAPS, 1) < 0)
    return;
  rebuild_map (image->handle);
  n = rbd_snap_list (image->handle, snapshots, &n);
  for (int i = 0; i < n; i++)
    if (rbd_snap_set (image->handle, snapshots[i].name) >= 0)
      rebuild_map (image->handle);
  if (n > 0)
    rbd_snap_list_end (snapshots);
}

/* Removes the visible snapshots; those in the trash disappear with their
 * clones. */
static int
remove_snapshots (rbd_image_t image)
{
  g_autofree rbd_snap_info_t *snapshots = NULL;
  int n = 16, result = -ERANGE;

  while (result == -ERANGE) {
    snapshots = g_renew (rbd_snap_info_t, snapshots, n);
    result = rbd_snap_list (image, snapshots, &n);
  }
  if (result <= 0)
    return result;
  n = result;
  for (int i = 0; i < n && result >= 0; i++) {
    rbd_snap_namespace_type_t type;

    result = rbd_snap_get_namespace_type (image, snapshots[i].id, &type);
    if (result < 0 || type != RBD_SNAP_NAMESPACE_TYPE_USER)
      continue;
    result = rbd_snap_unprotect (image, snapshots[i].name);
    if (result >= 0 || result == -EINVAL)
      result = rbd_snap_remove (image, snapshots[i].name);
  }
  rbd_snap_list_end (snapshots);
  return result;
}

/* Ceph 16 also returns "not there" if a full pool has no space to record the
 * removal of the image. */
static int
remove_image (VgRbdPlace *place)
{
  int result = rbd_remove (place->io, place->name);
  rbd_image_t image;

  if (result != -ENOENT
      || rbd_open_read_only (place->io, place->name, &image, NULL) < 0)
    return result;
  rbd_close (image);
  return -ENOSPC;
}

/* Removes the rest of an image without snapshots. missing: it can't be opened;
 * an unfinished clone still has parts, unless the pool does not exist, or we
 * have no permission to write to it. */
static gboolean
remove_rest (VgCluster *cluster, const char *name, gboolean missing,
             GError **error)
{
  g_auto (VgRbdPlace) place = { 0 };
  g_autoptr (GError) why = NULL;
  int result;

  if (!vg_rbd_place_open (&place, cluster, name, &why)) {
    if (vg_rbd_is_missing (&why))
      return TRUE;
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  result = remove_image (&place);
  return result >= 0 || result == -ENOENT
         || (missing && (result == -EPERM || result == -EACCES))
         || vg_rbd_throw (cluster, result, error,
                          "RBD image %s can't be removed", name);
}

gboolean
vg_rbd_remove (VgCluster *cluster, const char *name, GError **error)
{
  g_autoptr (GError) why = NULL;
  VgRbdImage *image = vg_rbd_image_open (cluster, name, NULL, FALSE, &why);
  int result;

  if (image == NULL && vg_rbd_is_missing (&why))
    return remove_rest (cluster, name, TRUE, error);
  if (image == NULL) {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  result = remove_snapshots (image->handle);
  vg_rbd_image_close (image);
  if (result < 0 && result != -ENOENT)
    return vg_rbd_throw (cluster, result, error,
                         "RBD image %s can't be removed", name);
  return remove_rest (cluster, name, FALSE, error);
}

gboolean
vg_rbd_has_children (VgCluster *cluster, const char *name, gboolean *has,
                     GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (VgRbdImage) image =
      vg_rbd_image_open (cluster, name, NULL, TRUE, &why);
  rbd_linked_image_spec_t first;
  size_t n = 1;
  int result;

  *has = FALSE;
  if (image == NULL && vg_rbd_is_missing (&why))
    return TRUE;
  if (image == NULL) {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  result = rbd_list_children3 (image->handle, &first, &n);
  *has = n > 0;
  if (result >= 0)
    rbd_linked_image_spec_list_cleanup (&first, n);
  return result >= 0 || result == -ERANGE
         || vg_rbd_throw (cluster, result, error,
                          "RBD image %s does not say what its clones are",
                          name);
}

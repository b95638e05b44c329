/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Snapshots of RBD images. Undo is repeated after a crash, so it succeeds if
 * there is nothing left to undo. */
#include "disk/rbd/snap.h"

#include <errno.h>
#include <string.h>

#include "disk/rbd/private.h"

gboolean
vg_rbd_snap_create (VgCluster *cluster, const char *name, const char *snapshot,
                    GError **error)
{
  g_autoptr (VgRbdImage) image =
      vg_rbd_image_open (cluster, name, NULL, FALSE, error);
  int result;

  if (image == NULL)
    return FALSE;
  result = rbd_snap_create (image->handle, snapshot);
  return result >= 0
         || vg_rbd_throw (cluster, result, error,
                          "snapshot %s of RBD image %s can't be created",
                          snapshot, name);
}

gboolean
vg_rbd_snap_exists (VgCluster *cluster, const char *name, const char *snapshot,
                    gboolean *exists, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (VgRbdImage) image =
      vg_rbd_image_open (cluster, name, snapshot, TRUE, &why);

  *exists = image != NULL;
  if (image != NULL || vg_rbd_is_missing (&why))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

gboolean
vg_rbd_snap_protect (VgCluster *cluster, const char *name, const char *snapshot,
                     GError **error)
{
  g_autoptr (VgRbdImage) image =
      vg_rbd_image_open (cluster, name, NULL, FALSE, error);
  int result;

  if (image == NULL)
    return FALSE;
  result = rbd_snap_protect (image->handle, snapshot);
  return result >= 0 || result == -EBUSY
         || vg_rbd_throw (cluster, result, error,
                          "snapshot %s of RBD image %s can't be protected",
                          snapshot, name);
}

/* EINVAL: it is not protected. */
static gboolean
unprotect (VgCluster *cluster, VgRbdImage *image, const char *name,
           const char *snapshot, GError **error)
{
  int result = rbd_snap_unprotect (image->handle, snapshot);

  return result >= 0 || result == -EINVAL || result == -ENOENT
         || vg_rbd_throw (cluster, result, error,
                          "snapshot %s of RBD image %s can't be unprotected",
                          snapshot, name);
}

static gboolean
is_trash_of (rbd_image_t image, guint64 id, const char *snapshot)
{
  rbd_snap_namespace_type_t type;
  char original[256] = "";

  return rbd_snap_get_namespace_type (image, id, &type) >= 0
         && type == RBD_SNAP_NAMESPACE_TYPE_TRASH
         && rbd_snap_get_trash_namespace (image, id, original,
                                          sizeof original - 1)
                >= 0
         && strcmp (original, snapshot) == 0;
}

/* All snapshots, including those in the trash. *n is their number, or a
 * negative errno. If *n > 0, release them with rbd_snap_list_end(); free the
 * list.
 */
static rbd_snap_info_t *
list_snapshots (rbd_image_t image, int *n)
{
  rbd_snap_info_t *list = NULL;
  int room = 16;

  do {
    list = g_renew (rbd_snap_info_t, list, room);
    *n = rbd_snap_list (image, list, &room);
  } while (*n == -ERANGE);
  return list;
}

/* Whether the snapshot certainly does not exist, not even in the trash with
 * clones. Needs no permission to write. */
static gboolean
is_missing (VgCluster *cluster, const char *name, const char *snapshot)
{
  g_autoptr (VgRbdImage) image =
      vg_rbd_image_open (cluster, name, NULL, TRUE, NULL);
  g_autofree rbd_snap_info_t *list = NULL;
  gboolean found = FALSE;
  int n;

  if (image == NULL)
    return FALSE;
  list = list_snapshots (image->handle, &n);
  for (int i = 0; i < n; i++)
    found |= strcmp (list[i].name, snapshot) == 0
             || is_trash_of (image->handle, list[i].id, snapshot);
  if (n > 0)
    rbd_snap_list_end (list);
  return n >= 0 && !found;
}

char **
vg_rbd_snap_list (VgCluster *cluster, const char *name, GError **error)
{
  g_autoptr (VgRbdImage) image =
      vg_rbd_image_open (cluster, name, NULL, TRUE, error);
  g_autofree rbd_snap_info_t *list = NULL;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  int n;

  if (image == NULL)
    return NULL;
  list = list_snapshots (image->handle, &n);
  if (n < 0) {
    vg_rbd_throw (cluster, n, error,
                  "the snapshots of RBD image %s can't be listed", name);
    return NULL;
  }
  for (int i = 0; i < n; i++) {
    rbd_snap_namespace_type_t type;

    if (rbd_snap_get_namespace_type (image->handle, list[i].id, &type) >= 0
        && type == RBD_SNAP_NAMESPACE_TYPE_USER)
      g_strv_builder_add (names, list[i].name);
  }
  if (n > 0)
    rbd_snap_list_end (list);
  return g_strv_builder_end (names);
}

/* Opens an image for undo: TRUE with NULL if it, or the snapshot, does not
 * exist. */
static gboolean
open_to_undo (VgCluster *cluster, const char *name, const char *snapshot,
              VgRbdImage **image, GError **error)
{
  g_autoptr (GError) why = NULL;

  *image = vg_rbd_image_open (cluster, name, NULL, FALSE, &why);
  if (*image != NULL || vg_rbd_is_missing (&why))
    return TRUE;
  /* Without permission to write, we have created nothing. */
  if (g_error_matches (why, VG_DISK_ERROR, VG_DISK_ERROR_DENIED)
      && is_missing (cluster, name, snapshot))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

gboolean
vg_rbd_snap_unprotect (VgCluster *cluster, const char *name,
                       const char *snapshot, GError **error)
{
  g_autoptr (VgRbdImage) image = NULL;

  return open_to_undo (cluster, name, snapshot, &image, error)
         && (image == NULL
             || unprotect (cluster, image, name, snapshot, error));
}

/* Removes snapshots in the trash that had this name. They disappear with their
 * last clone, unless the client that removed it had no permission for the
 * parent. EBUSY: it has clones. */
static int
remove_from_trash (rbd_image_t image, const char *snapshot)
{
  int n, result = 0;
  g_autofree rbd_snap_info_t *list = list_snapshots (image, &n);

  if (n <= 0)
    return n;
  for (int i = 0; i < n && result >= 0; i++) {
    if (!is_trash_of (image, list[i].id, snapshot))
      continue;
    result = rbd_snap_remove_by_id (image, list[i].id);
    if (result == -EBUSY || result == -ENOENT)
      result = 0;
  }
  rbd_snap_list_end (list);
  return result;
}

gboolean
vg_rbd_snap_remove (VgCluster *cluster, const char *name, const char *snapshot,
                    GError **error)
{
  g_autoptr (VgRbdImage) image = NULL;
  int result;

  if (!open_to_undo (cluster, name, snapshot, &image, error))
    return FALSE;
  if (image == NULL)
    return TRUE;
  if (!unprotect (cluster, image, name, snapshot, error))
    return FALSE;
  result = rbd_snap_remove (image->handle, snapshot);
  if (result == -ENOENT)
    result = remove_from_trash (image->handle, snapshot);
  return result >= 0
         || vg_rbd_throw (cluster, result, error,
                          "snapshot %s of RBD image %s can't be removed",
                          snapshot, name);
}

static char *
describe_parent (const rbd_linked_image_spec_t *parent,
                 const rbd_snap_spec_t *snapshot)
{
  const char *space = parent->pool_namespace;
  gboolean in_space = space != NULL && *space != '\0';

  return g_strdup_printf ("%s%s%s/%s@%s", parent->pool_name,
                          in_space ? "/" : "", in_space ? space : "",
                          parent->trash ? parent->image_id : parent->image_name,
                          snapshot->name);
}

static int
read_parent (rbd_image_t image, char **name)
{
  rbd_linked_image_spec_t parent;
  rbd_snap_spec_t snapshot;
  int result = rbd_get_parent (image, &parent, &snapshot);

  if (result == -ENOENT)
    return 0;
  if (result >= 0) {
    *name = describe_parent (&parent, &snapshot);
    rbd_linked_image_spec_cleanup (&parent);
    rbd_snap_spec_cleanup (&snapshot);
  }
  return result;
}

gboolean
vg_rbd_read_info (VgCluster *cluster, const char *name, VgRbdInfo *info,
                  GError **error)
{
  g_autoptr (VgRbdImage) image =
      vg_rbd_image_open (cluster, name, NULL, TRUE, error);
  guint64 features = 0, flags = 0;
  int result;

  if (image == NULL)
    return FALSE;
  if ((result = rbd_get_size (image->handle, &info->size)) < 0
      || (result = rbd_get_features (image->handle, &features)) < 0
      || (result = rbd_get_flags (image->handle, &flags)) < 0
      || (result = read_parent (image->handle, &info->parent)) < 0)
    return vg_rbd_throw (cluster, result, error,
                         "RBD image %s does not say what it is like", name);
  info->can_clone = (features & RBD_FEATURE_LAYERING) != 0;
  info->fast_diff = (features & RBD_FEATURE_FAST_DIFF) != 0
                    && (flags & RBD_FLAG_FAST_DIFF_INVALID) == 0;
  info->deep_flatten = (features & RBD_FEATURE_DEEP_FLATTEN) != 0;
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* librbd renames an image in three steps: the object "rbd_id.NEW" with the
 * image's id, the entry in the pool's directory, and then "rbd_id.OLD" goes
 * (librbd/operation/RenameRequest.cc). Opened by its id, an image says the name
 * in the directory. */
#include "disk/rbd/swap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "disk/rbd/clone.h"
#include "disk/rbd/private.h"

/* Of the object that leads from a name to an id: include/rbd_types.h. */
#define ID_PREFIX "rbd_id."

#define MAX_ID 128
#define MAX_NAME 4096

/* Reads the name that the directory has for the image. */
static int
read_name (rados_ioctx_t io, const char *id, char *name)
{
  size_t length = MAX_NAME;
  rbd_image_t image;
  int result = rbd_open_by_id_read_only (io, id, &image, NULL);

  if (result < 0)
    return result;
  result = rbd_get_name (image, name, &length);
  rbd_close (image);
  return result;
}

/* *is_left: the name is one that a rename has left. */
static int
look_at (VgRbdPlace *place, gboolean *there, gboolean *is_left)
{
  char id[MAX_ID] = "";
  g_autofree char *name = g_malloc0 (MAX_NAME);
  rbd_image_t image;
  int result = rbd_open_read_only (place->io, place->name, &image, NULL);

  *there = *is_left = FALSE;
  if (result < 0)
    return result == -ENOENT ? 0 : result;
  result = rbd_get_id (image, id, sizeof id);
  rbd_close (image);
  if (result >= 0)
    result = read_name (place->io, id, name);
  *is_left = result >= 0 && strcmp (name, place->name) != 0;
  *there = result >= 0 && !*is_left;
  return result;
}

/* Whether there is an image of that name. mend: removes the name if a rename
 * has left it. */
static gboolean
find (VgCluster *cluster, const char *image, gboolean mend, gboolean *there,
      GError **error)
{
  g_auto (VgRbdPlace) place = { 0 };
  gboolean is_left;
  int result;

  if (!vg_rbd_place_open (&place, cluster, image, error))
    return FALSE;
  result = look_at (&place, there, &is_left);
  if (result >= 0 && is_left && mend) {
    g_autofree char *object = g_strconcat (ID_PREFIX, place.name, NULL);

    result = rados_remove (place.io, object);
    if (result == -ENOENT)
      result = 0;
  }
  return result >= 0
         || vg_rbd_throw (cluster, result, error,
                          "it can't be told whether RBD image %s is there",
                          image);
}

static gboolean
rename_image (VgCluster *cluster, const char *from, const char *to,
              GError **error)
{
  g_auto (VgRbdPlace) place = { 0 };
  int result;

  if (!vg_rbd_place_open (&place, cluster, from, error))
    return FALSE;
  result = rbd_rename (place.io, place.name, strrchr (to, '/') + 1);
  return result >= 0
         || vg_rbd_throw (cluster, result, error,
                          "RBD image %s can't be renamed to %s", from, to);
}

gboolean
vg_rbd_swap_do (VgCluster *cluster, const VgRbdSwap *swap, GError **error)
{
  return rename_image (cluster, swap->disk, swap->old, error)
         && rename_image (cluster, swap->made, swap->disk, error);
}

gboolean
vg_rbd_swap_undo (VgCluster *cluster, const VgRbdSwap *swap, GError **error)
{
  gboolean disk, old, made;

  if (!find (cluster, swap->disk, TRUE, &disk, error)
      || !find (cluster, swap->old, TRUE, &old, error)
      || !find (cluster, swap->made, TRUE, &made, error))
    return FALSE;
  if (!old)
    return disk
           || vg_rbd_throw (cluster, -ENOENT, error,
                            "RBD image %s can't be made a disk again",
                            swap->old);
  if (disk
      && (!vg_rbd_check_unused (cluster, swap->disk, error)
          || !rename_image (cluster, swap->disk, swap->made, error)))
    return FALSE;
  return rename_image (cluster, swap->old, swap->disk, error);
}

gboolean
vg_rbd_swap_is_done (VgCluster *cluster, const VgRbdSwap *swap, gboolean *done,
                     GError **error)
{
  gboolean disk, old, made;

  if (!find (cluster, swap->disk, FALSE, &disk, error)
      || !find (cluster, swap->old, FALSE, &old, error)
      || !find (cluster, swap->made, FALSE, &made, error))
    return FALSE;
  *done = disk && old && !made;
  return TRUE;
}

gboolean
vg_rbd_swap_remove_made (VgCluster *cluster, const char *made, GError **error)
{
  g_autoptr (GError) why = NULL;
  gboolean there;

  if (find (cluster, made, TRUE, &there, &why) || vg_rbd_is_missing (&why))
    return vg_rbd_remove (cluster, made, error);
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

/* Who may only read does not watch, so we don't. A client that was killed
 * watches for half a minute more. */
gboolean
vg_rbd_check_unused (VgCluster *cluster, const char *name, GError **error)
{
  g_autoptr (VgRbdImage) image =
      vg_rbd_image_open (cluster, name, NULL, TRUE, error);
  rbd_image_watcher_t first;
  size_t n = 1;
  int result;

  if (image == NULL)
    return FALSE;
  result = rbd_watchers_list (image->handle, &first, &n);
  if (result >= 0)
    rbd_watchers_list_cleanup (&first, n);
  if (result == -ERANGE || (result >= 0 && n > 0)) {
    g_set_error (error, VG_DISK_ERROR, VG_DISK_ERROR_BUSY,
                 "RBD image %s can't be replaced: a client has it open for "
                 "writing ('rbd status %s' shows which one); end that first",
                 name, name);
    return FALSE;
  }
  return result >= 0
         || vg_rbd_throw (cluster, result, error,
                          "RBD image %s does not say who uses it", name);
}

/* *n is their number, or a negative errno. If *n > 0, release them with
 * rbd_image_spec_list_cleanup(); free the list. */
static rbd_image_spec_t *
list_images (rados_ioctx_t io, int *n)
{
  rbd_image_spec_t *list = NULL;
  size_t room = 1024;

  do {
    list = g_renew (rbd_image_spec_t, list, room);
    *n = rbd_list2 (io, list, &room);
  } while (*n == -ERANGE);
  if (*n >= 0)
    *n = (int) room;
  return list;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
vg_rbd_list_beginning (VgCluster *cluster, const char *image, GError **error)
{
  g_auto (VgRbdPlace) place = { 0 };
  g_autofree rbd_image_spec_t *list = NULL;
  g_autofree char *pool = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  int n;

  if (!vg_rbd_place_open (&place, cluster, image, error))
    return NULL;
  pool = g_strndup (image, (gsize) (place.name - image));
  list = list_images (place.io, &n);
  if (n < 0) {
    vg_rbd_throw (cluster, n, error, "the images beside %s can't be listed",
                  image);
    return NULL;
  }
  for (int i = 0; i < n; i++)
    if (g_str_has_prefix (list[i].name, place.name))
      g_ptr_array_add (names, g_strconcat (pool, list[i].name, NULL));
  if (n > 0)
    rbd_image_spec_list_cleanup (list, (size_t) n);
  g_ptr_array_sort (names, compare);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_steal (names, NULL);
}

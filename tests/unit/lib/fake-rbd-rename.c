/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake of librbd: names and ids of images. As in Ceph, renaming leaves two
 * names of the image for a while: the one that is not in the pool's directory
 * is a link here. Points for faults:
 *
 *   rbd_rename_named       the new name leads to the image, too
 *   rbd_rename_moved       the new name is in the directory, and the old one
 *                          still leads to the image
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/fake-rbd.h"

static FakeFault
begin (const char *function, const char *argument, const FakeIo *io)
{
  return fake_rbd_begin (function, argument, io->cluster, io->full_try);
}

static char *
get_folder (const FakeIo *io, const char *name)
{
  return fake_rbd_image_folder (io->cluster, io->pool, io->space, name);
}

static gboolean
is_link (const char *folder)
{
  return g_file_test (folder, G_FILE_TEST_IS_SYMLINK);
}

static int
rename_image (FakeIo *io, const char *from, const char *to)
{
  g_autofree char *old = get_folder (io, from);
  g_autofree char *new = get_folder (io, to);
  FakeFault fault;

  if (!fake_rbd_may (io->cluster, io->pool, 'w'))
    return -EPERM;
  if (!g_file_test (old, G_FILE_TEST_EXISTS))
    return -ENOENT;
  if (is_link (new) || g_file_test (new, G_FILE_TEST_EXISTS))
    return -EEXIST;
  if (is_link (old))
    return -ESTALE; /* the directory knows it by another name */
  if (symlink (from, new) != 0)
    fake_rbd_die ("%s can't be linked", new);
  fault = begin ("rbd_rename_named", to, io);
  if (fault.stop)
    return fault.result;
  if (g_unlink (new) != 0 || g_rename (old, new) != 0 || symlink (to, old) != 0)
    fake_rbd_die ("%s can't be renamed", old);
  fault = begin ("rbd_rename_moved", to, io);
  if (fault.stop)
    return fault.result;
  g_unlink (old);
  return 0;
}

int
rbd_rename (rados_ioctx_t handle, const char *from, const char *to)
{
  FakeIo *io = handle;
  FakeFault fault = begin ("rbd_rename", from, io);

  return fault.stop ? fault.result
                    : fake_rbd_end (&fault, rename_image (io, from, to));
}

/* All that is known of the real library's objects. */
int
rados_remove (rados_ioctx_t handle, const char *object)
{
  FakeIo *io = handle;
  FakeFault fault = begin ("rados_remove", object, io);
  g_autofree char *folder = NULL;

  if (fault.stop)
    return fault.result;
  if (!g_str_has_prefix (object, "rbd_id."))
    fake_rbd_die ("%s is removed", object);
  folder = get_folder (io, object + strlen ("rbd_id."));
  if (!is_link (folder))
    fake_rbd_die ("the only name of %s is removed", folder);
  g_unlink (folder);
  return fake_rbd_end (&fault, 0);
}

/* ---- Ids */

int
rbd_get_id (rbd_image_t handle, char *id, size_t length)
{
  FakeImage *image = handle;
  FakeFault fault = fake_rbd_begin ("rbd_get_id", NULL, image->version.cluster,
                                    image->full_try);
  g_autofree char *own =
      g_key_file_get_string (image->version.header, "image", "id", NULL);

  if (fault.stop)
    return fault.result;
  if (g_strlcpy (id, own, length) >= length)
    return -ERANGE;
  return fake_rbd_end (&fault, 0);
}

/* The name by which it was opened; after opening by the id, the directory's. */
int
rbd_get_name (rbd_image_t handle, char *name, size_t *length)
{
  FakeImage *image = handle;
  FakeFault fault = fake_rbd_begin ("rbd_get_name", NULL,
                                    image->version.cluster, image->full_try);
  g_autofree char *own = g_path_get_basename (image->version.folder);

  if (fault.stop)
    return fault.result;
  if (g_strlcpy (name, own, *length) >= *length)
    return -ERANGE;
  return fake_rbd_end (&fault, 0);
}

/* The name in the directory. */
static char *
find_name (FakeIo *io, const char *id)
{
  g_autofree char *place =
      fake_rbd_place (io->cluster, io->pool, io->space, "images");
  g_autoptr (GDir) dir = g_dir_open (place, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *folder = get_folder (io, name);
    g_auto (FakeVersion) version = { 0 };
    g_autofree char *own = NULL;

    if (is_link (folder)
        || !fake_rbd_version_open (&version, io->cluster, io->pool, io->space,
                                   name, 0))
      continue;
    own = g_key_file_get_string (version.header, "image", "id", NULL);
    if (g_strcmp0 (own, id) == 0)
      return g_strdup (name);
  }
  return NULL;
}

int
rbd_open_by_id_read_only (rados_ioctx_t handle, const char *id,
                          rbd_image_t *image, const char *snapshot)
{
  FakeIo *io = handle;
  FakeFault fault = begin ("rbd_open_by_id_read_only", id, io);
  g_autofree char *name = NULL;

  if (fault.stop)
    return fault.result;
  name = find_name (io, id);
  return fake_rbd_end (
      &fault,
      name != NULL ? rbd_open_read_only (io, name, image, snapshot) : -ENOENT);
}

/* ---- Listing */

int
rbd_list2 (rados_ioctx_t handle, rbd_image_spec_t *images, size_t *max)
{
  FakeIo *io = handle;
  FakeFault fault = begin ("rbd_list2", io->pool, io);
  g_autofree char *place =
      fake_rbd_place (io->cluster, io->pool, io->space, "images");
  g_autoptr (GDir) dir = g_dir_open (place, 0, NULL);
  size_t n = 0;
  const char *name;

  if (fault.stop)
    return fault.result;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *folder = get_folder (io, name);

    if (is_link (folder))
      continue;
    if (n < *max)
      images[n] = (rbd_image_spec_t){ strdup (name), strdup (name) };
    n++;
  }
  if (n > *max) {
    rbd_image_spec_list_cleanup (images, *max);
    *max = n;
    return -ERANGE;
  }
  *max = n;
  return fake_rbd_end (&fault, 0);
}

void
rbd_image_spec_list_cleanup (rbd_image_spec_t *images, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    free (images[i].id);
    free (images[i].name);
  }
}

int
rbd_watchers_list (rbd_image_t handle, rbd_image_watcher_t *watchers,
                   size_t *max)
{
  FakeImage *image = handle;
  FakeFault fault = fake_rbd_begin ("rbd_watchers_list", NULL,
                                    image->version.cluster, image->full_try);

  if (fault.stop)
    return fault.result;
  if (!fake_rbd_is_watched (image->version.folder)) {
    *max = 0;
    return fake_rbd_end (&fault, 0);
  }
  if (*max < 1) {
    *max = 1;
    return -ERANGE;
  }
  *max = 1;
  watchers[0] = (rbd_image_watcher_t){ .addr = strdup ("a client"), .id = 1 };
  return fake_rbd_end (&fault, 0);
}

void
rbd_watchers_list_cleanup (rbd_image_watcher_t *watchers, size_t n)
{
  for (size_t i = 0; i < n; i++)
    free (watchers[i].addr);
}

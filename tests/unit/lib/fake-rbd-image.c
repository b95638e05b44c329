/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake of librbd: opening images, and what they are like. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/fake-rbd.h"

int
fake_rbd_watch_version (const FakeVersion *version)
{
  g_autofree char *path = g_build_filename (version->folder, "watch", NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

  if (fd < 0 || flock (fd, LOCK_SH) != 0)
    fake_rbd_die ("%s can't be locked", path);
  return fd;
}

gboolean
fake_rbd_is_watched (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "watch", NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  gboolean watched = fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) != 0;

  if (fd >= 0)
    close (fd);
  return watched;
}

/* What it is a clone of is opened as well; and one that is opened for writing
 * is watched, for which one must be allowed to write. */
static int
check_rights (const FakeVersion *version, gboolean write)
{
  g_autofree char *parent = fake_rbd_get_string (version, "parent-pool");

  if ((parent != NULL && !fake_rbd_may (version->cluster, parent, 'r'))
      || (write && !fake_rbd_may (version->cluster, version->pool, 'w')))
    return -EPERM;
  return 0;
}

static int
open_image (FakeIo *io, const char *name, rbd_image_t *handle, gboolean write)
{
  FakeImage *image = g_new0 (FakeImage, 1);
  FakeVersion *version = &image->version;
  int result = -EPERM;

  g_auto (FakeLock) lock = fake_rbd_lock (io->cluster);
  if (fake_rbd_may (io->cluster, io->pool, 'r'))
    result = fake_rbd_version_open (version, io->cluster, io->pool, io->space,
                                    name, 0)
                 ? check_rights (version, write)
                 : -ENOENT;
  if (result < 0) {
    fake_rbd_version_clear (version);
    g_free (image);
    return result;
  }
  image->full_try = io->full_try;
  image->read_only = !write;
  image->watch = write ? fake_rbd_watch_version (version) : -1;
  image->notify = -1;
  image->reads = g_queue_new ();
  g_atomic_int_inc (&io->cluster->n_open);
  *handle = image;
  return 0;
}

int
rbd_open (rados_ioctx_t handle, const char *name, rbd_image_t *image,
          const char *snapshot)
{
  FakeIo *io = handle;
  FakeFault fault =
      fake_rbd_begin ("rbd_open", name, io->cluster, io->full_try);

  if (snapshot != NULL)
    fake_rbd_die ("the fake opens no snapshots at once");
  if (fault.stop)
    return fault.result;
  return fake_rbd_end (&fault, open_image (io, name, image, TRUE));
}

int
rbd_open_read_only (rados_ioctx_t handle, const char *name, rbd_image_t *image,
                    const char *snapshot)
{
  FakeIo *io = handle;
  FakeFault fault =
      fake_rbd_begin ("rbd_open_read_only", name, io->cluster, io->full_try);

  if (snapshot != NULL)
    fake_rbd_die ("the fake opens no snapshots at once");
  if (fault.stop)
    return fault.result;
  return fake_rbd_end (&fault, open_image (io, name, image, FALSE));
}

int
rbd_close (rbd_image_t handle)
{
  FakeImage *image = handle;

  if (image->reads->length > 0)
    fake_rbd_die ("an image is closed while it is read");
  if (image->watch >= 0)
    close (image->watch);
  g_queue_free (image->reads);
  g_atomic_int_add (&image->version.cluster->n_open, -1);
  fake_rbd_version_clear (&image->version);
  g_free (image);
  return 0;
}

static FakeFault
begin (const char *function, const FakeImage *image, const char *argument)
{
  return fake_rbd_begin (function, argument, image->version.cluster,
                         image->full_try);
}

int
rbd_snap_set (rbd_image_t handle, const char *name)
{
  FakeImage *image = handle;
  FakeFault fault = begin ("rbd_snap_set", image, name);
  guint64 number = 0;

  if (fault.stop)
    return fault.result;
  fake_rbd_reload (&image->version);
  if (name != NULL) {
    number = fake_rbd_find_snapshot (&image->version, name);
    if (number == 0)
      return -ENOENT;
  }
  fake_rbd_version_set (&image->version, number);
  return fake_rbd_end (&fault, 0);
}

int
rbd_get_size (rbd_image_t handle, uint64_t *size)
{
  FakeImage *image = handle;
  FakeFault fault = begin ("rbd_get_size", image, NULL);

  if (fault.stop)
    return fault.result;
  *size = fake_rbd_get (&image->version, "size");
  return fake_rbd_end (&fault, 0);
}

int
rbd_get_features (rbd_image_t handle, uint64_t *features)
{
  FakeImage *image = handle;
  FakeFault fault = begin ("rbd_get_features", image, NULL);

  if (fault.stop)
    return fault.result;
  *features = fake_rbd_get_image (&image->version, "features");
  return fake_rbd_end (&fault, 0);
}

int
rbd_get_flags (rbd_image_t handle, uint64_t *flags)
{
  FakeImage *image = handle;
  FakeFault fault = begin ("rbd_get_flags", image, NULL);

  if (fault.stop)
    return fault.result;
  *flags = fake_rbd_get (&image->version, "flags");
  return fake_rbd_end (&fault, 0);
}

static void
describe (const FakeVersion *parent, rbd_linked_image_spec_t *image,
          rbd_snap_spec_t *snapshot)
{
  g_autofree char *folder = g_path_get_dirname (parent->folder);
  g_autofree char *trash = fake_rbd_get_string (parent, "trash");

  image->pool_id = 1;
  image->pool_name = strdup (parent->pool);
  image->pool_namespace = strdup (parent->space);
  image->trash = g_str_has_suffix (folder, "/trash");
  image->image_id = g_key_file_get_string (parent->header, "image", "id", NULL);
  image->image_name =
      image->trash ? strdup ("") : g_path_get_basename (parent->folder);
  snapshot->id = parent->number;
  snapshot->namespace_type = trash != NULL ? RBD_SNAP_NAMESPACE_TYPE_TRASH
                                           : RBD_SNAP_NAMESPACE_TYPE_USER;
  snapshot->name = fake_rbd_get_string (parent, "name");
}

int
rbd_get_parent (rbd_image_t handle, rbd_linked_image_spec_t *parent_image,
                rbd_snap_spec_t *parent_snapshot)
{
  FakeImage *image = handle;
  FakeFault fault = begin ("rbd_get_parent", image, NULL);
  g_auto (FakeVersion) parent = { 0 };
  guint64 overlap;

  if (fault.stop)
    return fault.result;
  fake_rbd_reload (&image->version);
  if (!fake_rbd_parent_open (&image->version, &parent, &overlap))
    return -ENOENT;
  describe (&parent, parent_image, parent_snapshot);
  return fake_rbd_end (&fault, 0);
}

void
rbd_linked_image_spec_cleanup (rbd_linked_image_spec_t *image)
{
  free (image->pool_name);
  free (image->pool_namespace);
  free (image->image_id);
  free (image->image_name);
}

void
rbd_snap_spec_cleanup (rbd_snap_spec_t *snapshot)
{
  free (snapshot->name);
}

/* Object maps that are switched on later are wrong until they are made. */
static void
spoil_maps (FakeVersion *version)
{
  g_autofree guint64 *numbers = fake_rbd_snapshots (version);
  FakeVersion other = *version;
  guint64 flags = RBD_FLAG_OBJECT_MAP_INVALID | RBD_FLAG_FAST_DIFF_INVALID;

  fake_rbd_version_set (&other, 0);
  fake_rbd_set (&other, "flags", flags);
  for (guint64 *number = numbers; *number != 0; number++) {
    fake_rbd_version_set (&other, *number);
    fake_rbd_set (&other, "flags", flags);
  }
}

int
rbd_update_features (rbd_image_t handle, uint64_t features, uint8_t enabled)
{
  FakeImage *image = handle;
  FakeVersion *version = &image->version;
  FakeFault fault = begin ("rbd_update_features", image, NULL);
  guint64 old, object_map = RBD_FEATURE_OBJECT_MAP | RBD_FEATURE_FAST_DIFF;

  if (fault.stop)
    return fault.result;
  if (image->read_only)
    return -EROFS;
  {
    g_auto (FakeLock) lock = fake_rbd_lock (version->cluster);

    fake_rbd_reload (version);
    old = fake_rbd_get_image (version, "features");
    if ((features & object_map) != 0 && (old & RBD_FEATURE_EXCLUSIVE_LOCK) == 0)
      return -EINVAL;
    g_key_file_set_uint64 (version->header, "image", "features",
                           enabled ? old | features : old & ~features);
    if (enabled && (features & object_map) != 0)
      spoil_maps (version);
    fake_rbd_save (version);
  }
  return fake_rbd_end (&fault, 0);
}

int
rbd_rebuild_object_map (rbd_image_t handle, librbd_progress_fn_t progress,
                        void *data)
{
  FakeImage *image = handle;
  FakeFault fault = begin ("rbd_rebuild_object_map", image, NULL);

  if (fault.stop)
    return fault.result;
  if (image->read_only)
    return -EROFS;
  progress (0, 1, data);
  {
    g_auto (FakeLock) lock = fake_rbd_lock (image->version.cluster);

    fake_rbd_reload (&image->version);
    fake_rbd_set (&image->version, "flags", 0);
    fake_rbd_save (&image->version);
  }
  return fake_rbd_end (&fault, 0);
}

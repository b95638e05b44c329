/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake of librbd: clones, and removing images. Points for faults:
 *
 *   rbd_clone3_begun       there is a part of the image
 *   rbd_clone3_made        there is the image, but its parent does not know it
 *   rbd_flatten_object     before each object is copied; with an object map, it
 *                          says that the object is there already
 *   rbd_flatten_detach     before the parent is let go
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fake-rbd.h"

#define OBJECT_ORDER 22

typedef struct {
  guint64 format, clear;
} Options;

void
rbd_image_options_create (rbd_image_options_t *options)
{
  *options = g_new0 (Options, 1);
}

void
rbd_image_options_destroy (rbd_image_options_t options)
{
  g_free (options);
}

int
rbd_image_options_set_uint64 (rbd_image_options_t handle, int name,
                              uint64_t value)
{
  FakeFault fault =
      fake_rbd_begin ("rbd_image_options_set_uint64", NULL, NULL, FALSE);
  Options *options = handle;

  if (fault.stop)
    return fault.result;
  if (name == RBD_IMAGE_OPTION_CLONE_FORMAT)
    options->format = value;
  else if (name == RBD_IMAGE_OPTION_FEATURES_CLEAR)
    options->clear = value;
  else
    return -EINVAL;
  return fake_rbd_end (&fault, 0);
}

/* ---- Cloning */

static int
check_clone (const FakeIo *io, const FakeVersion *parent,
             const Options *options)
{
  if (parent->number == 0)
    return -ENOENT;
  if (!fake_rbd_may (io->cluster, io->pool, 'w'))
    return -EPERM;
  if ((fake_rbd_get_image (parent, "features") & RBD_FEATURE_LAYERING) == 0)
    return -ENOSYS;
  if (options->format == 1 && !fake_rbd_get (parent, "protected"))
    return -EINVAL;
  return options->format == 1 || options->format == 2 ? 0 : -EINVAL;
}

static void
fill_header (FakeVersion *child, const FakeVersion *parent,
             const Options *options)
{
  g_autofree char *id = g_uuid_string_random ();
  g_autofree char *parent_id =
      g_key_file_get_string (parent->header, "image", "id", NULL);
  guint64 size = fake_rbd_get (parent, "size");

  child->header = g_key_file_new ();
  g_key_file_set_string (child->header, "image", "id", id);
  g_key_file_set_uint64 (child->header, "image", "features",
                         RBD_FEATURES_DEFAULT & ~options->clear);
  g_key_file_set_uint64 (child->header, "image", "order",
                         fake_rbd_get_image (parent, "order"));
  fake_rbd_set (child, "size", size);
  g_key_file_set_string (child->header, "0", "objects", "");
  g_key_file_set_string (child->header, "0", "parent-pool", parent->pool);
  g_key_file_set_string (child->header, "0", "parent-space", parent->space);
  g_key_file_set_string (child->header, "0", "parent-id", parent_id);
  fake_rbd_set (child, "parent-snap", parent->number);
  fake_rbd_set (child, "overlap", size);
}

/* Part of what is to be done may be left after an error. */
static int
make_clone (const FakeIo *io, const char *name, FakeVersion *parent,
            const Options *options)
{
  g_auto (FakeVersion) child = { .cluster = io->cluster,
                                 .pool = g_strdup (io->pool),
                                 .space = g_strdup (io->space) };
  FakeFault fault;

  child.folder = fake_rbd_image_folder (io->cluster, io->pool, io->space, name);
  fake_rbd_version_set (&child, 0);
  if (g_mkdir_with_parents (child.folder, 0777) != 0)
    return -errno;
  fault = fake_rbd_begin ("rbd_clone3_begun", name, io->cluster, io->full_try);
  if (fault.stop)
    return fault.result;
  fill_header (&child, parent, options);
  fake_rbd_save (&child);
  fault = fake_rbd_begin ("rbd_clone3_made", name, io->cluster, io->full_try);
  if (fault.stop)
    return fault.result;
  fake_rbd_attach (&child, parent, options->format);
  return 0;
}

static int
clone_to (FakeIo *from, const char *parent_name, const char *snapshot,
          const FakeIo *to, const char *name, const Options *options)
{
  g_auto (FakeLock) lock = fake_rbd_lock (to->cluster);
  g_auto (FakeVersion) parent = { 0 };
  g_autofree char *folder =
      fake_rbd_image_folder (to->cluster, to->pool, to->space, name);
  int result;

  if (!fake_rbd_may (from->cluster, from->pool, 'r'))
    return -EPERM;
  if (!fake_rbd_version_open (&parent, from->cluster, from->pool, from->space,
                              parent_name, 0))
    return -ENOENT;
  fake_rbd_version_set (&parent, fake_rbd_find_snapshot (&parent, snapshot));
  result = check_clone (to, &parent, options);
  if (result < 0)
    return result;
  if (g_file_test (folder, G_FILE_TEST_EXISTS))
    return -EEXIST;
  return make_clone (to, name, &parent, options);
}

int
rbd_clone3 (rados_ioctx_t from, const char *parent, const char *snapshot,
            rados_ioctx_t to, const char *name, rbd_image_options_t options)
{
  FakeIo *io = to;
  FakeFault fault =
      fake_rbd_begin ("rbd_clone3", name, io->cluster, io->full_try);

  if (fault.stop)
    return fault.result;
  return fake_rbd_end (&fault,
                       clone_to (from, parent, snapshot, io, name, options));
}

/* ---- Flattening */

static gboolean
has_map (const FakeVersion *version)
{
  return (fake_rbd_get_image (version, "features") & RBD_FEATURE_OBJECT_MAP)
         != 0;
}

/* Whether it is to be copied; then the object map already says so. -ENOENT: the
 * image is gone. */
static int
claim_object (FakeVersion *version, guint64 object, guint8 *buffer)
{
  g_auto (FakeLock) lock = fake_rbd_lock (version->cluster);
  guint64 size = fake_rbd_object_size (version);
  char state;

  if (!fake_rbd_reload (version))
    return -ENOENT;
  state = fake_rbd_object (version, object);
  if (state == FAKE_OBJECT_THERE
      || (state == FAKE_OBJECT_CLAIMED && has_map (version)))
    return 0;
  fake_rbd_read (version, object * size, buffer, size);
  if (fake_rbd_is_zero (buffer, size))
    return 0;
  if (has_map (version)) {
    fake_rbd_set_object (version, object, FAKE_OBJECT_CLAIMED);
    fake_rbd_save (version);
  }
  return 1;
}

/* Also to the snapshots that are clones, if they may be flattened. */
static int
write_object (FakeVersion *version, guint64 object, const guint8 *buffer)
{
  g_auto (FakeLock) lock = fake_rbd_lock (version->cluster);
  guint64 size = fake_rbd_object_size (version);
  g_autofree guint64 *numbers = NULL;

  if (!fake_rbd_reload (version))
    return -ENOENT;
  numbers = fake_rbd_snapshots (version);
  for (guint64 *number = numbers; *number != 0; number++) {
    FakeVersion snapshot = *version;
    g_autofree char *parent = NULL;

    fake_rbd_version_set (&snapshot, *number);
    parent = fake_rbd_get_string (&snapshot, "parent-id");
    if (parent != NULL
        && fake_rbd_object (&snapshot, object) != FAKE_OBJECT_THERE)
      fake_rbd_write (&snapshot, object * size, buffer, size);
  }
  fake_rbd_write (version, object * size, buffer, size);
  fake_rbd_save (version);
  return 0;
}

static int
let_go (FakeVersion *version, FakeVersion *parent)
{
  FakeFault fault =
      fake_rbd_begin ("rbd_flatten_detach", NULL, version->cluster, TRUE);
  g_auto (FakeLock) lock = fake_rbd_lock (version->cluster);
  gboolean deep;

  if (fault.stop)
    return fault.result;
  if (!fake_rbd_reload (version) || !fake_rbd_reload (parent))
    return -ENOENT;
  deep = (fake_rbd_get_image (version, "features") & RBD_FEATURE_DEEP_FLATTEN)
         != 0;
  fake_rbd_forget_parent (version);
  if (deep) {
    g_autofree guint64 *numbers = fake_rbd_snapshots (version);

    for (guint64 *number = numbers; *number != 0; number++) {
      FakeVersion snapshot = *version;

      fake_rbd_version_set (&snapshot, *number);
      fake_rbd_forget_parent (&snapshot);
    }
  }
  fake_rbd_save (version);
  fake_rbd_detach (version, parent);
  return 0;
}

static int
flatten (FakeImage *image, librbd_progress_fn_t progress, void *data)
{
  FakeVersion *version = &image->version;
  g_auto (FakeVersion) parent = { 0 };
  guint64 size = fake_rbd_object_size (version), overlap, n;
  g_autofree guint8 *buffer = g_malloc (size);

  if (image->read_only)
    return -EROFS;
  fake_rbd_reload (version);
  if (!fake_rbd_parent_open (version, &parent, &overlap))
    return -EINVAL;
  n = (overlap + size - 1) / size;
  for (guint64 object = 0; object < n; object++) {
    int result = claim_object (version, object, buffer);
    FakeFault fault = fake_rbd_begin ("rbd_flatten_object", NULL,
                                      version->cluster, image->full_try);

    if (result > 0 && !fault.stop)
      result = write_object (version, object, buffer);
    if (result < 0 || fault.stop)
      return fault.stop ? fault.result : result;
    if (progress (object + 1, n, data) < 0)
      return -ERESTART;
  }
  return let_go (version, &parent);
}

int
rbd_flatten_with_progress (rbd_image_t handle, librbd_progress_fn_t progress,
                           void *data)
{
  FakeImage *image = handle;
  FakeFault fault = fake_rbd_begin ("rbd_flatten_with_progress", NULL,
                                    image->version.cluster, image->full_try);

  if (fault.stop)
    return fault.result;
  return fake_rbd_end (&fault, flatten (image, progress, data));
}

/* ---- Removing */

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    g_unlink (path);
  }
  if (g_rmdir (folder) != 0)
    fake_rbd_die ("%s can't be removed", folder);
}

static int
remove_image (FakeIo *io, const char *name)
{
  g_auto (FakeLock) lock = fake_rbd_lock (io->cluster);
  g_autofree char *folder =
      fake_rbd_image_folder (io->cluster, io->pool, io->space, name);
  g_auto (FakeVersion) version = { 0 };
  g_auto (FakeVersion) parent = { 0 };
  g_autofree guint64 *numbers = NULL;
  guint64 overlap;

  if (!fake_rbd_may (io->cluster, io->pool, 'w'))
    return -EPERM;
  if (!g_file_test (folder, G_FILE_TEST_EXISTS))
    return -ENOENT;
  if (fake_rbd_version_open (&version, io->cluster, io->pool, io->space, name,
                             0)) {
    numbers = fake_rbd_snapshots (&version);
    if (numbers[0] != 0)
      return -ENOTEMPTY;
    if (fake_rbd_is_watched (folder))
      return -EBUSY;
    if (fake_rbd_parent_open (&version, &parent, &overlap)) {
      fake_rbd_forget_parent (&version);
      fake_rbd_detach (&version, &parent);
    }
  }
  remove_folder (folder);
  return 0;
}

int
rbd_remove (rados_ioctx_t handle, const char *name)
{
  FakeIo *io = handle;
  FakeFault fault =
      fake_rbd_begin ("rbd_remove", name, io->cluster, io->full_try);

  return fault.stop ? fault.result
                    : fake_rbd_end (&fault, remove_image (io, name));
}

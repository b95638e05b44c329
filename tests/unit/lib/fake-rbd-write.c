/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake of librbd: new images, and their size. */
#include <errno.h>
#include <glib/gstdio.h>

#include "lib/fake-rbd.h"

#define DEFAULT_ORDER 22

static int
create (FakeIo *io, const char *name, guint64 size)
{
  g_auto (FakeLock) lock = fake_rbd_lock (io->cluster);
  g_auto (FakeVersion) version = { 0 };
  g_autofree char *id = g_uuid_string_random ();

  if (!fake_rbd_may (io->cluster, io->pool, 'w'))
    return -EPERM;
  if (fake_rbd_version_open (&version, io->cluster, io->pool, io->space, name,
                             0))
    return -EEXIST;
  if (g_mkdir_with_parents (version.folder, 0777) != 0)
    return -errno;
  version.header = g_key_file_new ();
  g_key_file_set_string (version.header, "image", "id", id);
  g_key_file_set_uint64 (version.header, "image", "features",
                         RBD_FEATURES_DEFAULT);
  g_key_file_set_uint64 (version.header, "image", "order", DEFAULT_ORDER);
  g_key_file_set_string (version.header, "0", "objects", "");
  fake_rbd_set (&version, "size", size);
  fake_rbd_save (&version);
  return 0;
}

int
rbd_create (rados_ioctx_t handle, const char *name, uint64_t size, int *order)
{
  FakeIo *io = handle;
  FakeFault fault =
      fake_rbd_begin ("rbd_create", name, io->cluster, io->full_try);

  if (*order != 0)
    fake_rbd_die ("the fake knows one size of objects");
  return fault.stop ? fault.result
                    : fake_rbd_end (&fault, create (io, name, size));
}

/* To nothing, or from nothing. */
int
rbd_resize (rbd_image_t handle, uint64_t size)
{
  FakeImage *image = handle;
  FakeVersion *version = &image->version;
  FakeFault fault =
      fake_rbd_begin ("rbd_resize", NULL, version->cluster, image->full_try);
  g_autofree char *data = fake_rbd_data_path (version);

  if (fault.stop)
    return fault.result;
  if (image->read_only)
    return -EROFS;
  if (size != 0 && fake_rbd_get (version, "size") != 0)
    fake_rbd_die ("the fake resizes only to and from nothing");
  fake_rbd_set (version, "size", size);
  g_key_file_set_string (version->header, version->group, "objects", "");
  g_unlink (data);
  fake_rbd_save (version);
  return fake_rbd_end (&fault, 0);
}

int
rbd_flush (rbd_image_t handle)
{
  FakeImage *image = handle;
  FakeFault fault = fake_rbd_begin ("rbd_flush", NULL, image->version.cluster,
                                    image->full_try);

  return fault.stop ? fault.result : fake_rbd_end (&fault, 0);
}

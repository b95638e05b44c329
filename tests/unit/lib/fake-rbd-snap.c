/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake of librbd: snapshots, which are copies. */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "lib/fake-rbd.h"

static FakeFault
begin (const char *function, const FakeImage *image, const char *argument)
{
  return fake_rbd_begin (function, argument, image->version.cluster,
                         image->full_try);
}

/* The image's snapshot: -ENOENT where there is none. */
static int
find (FakeImage *image, const char *name, FakeVersion *snapshot)
{
  guint64 number;

  if (!fake_rbd_reload (&image->version))
    return -ENOENT;
  number = fake_rbd_find_snapshot (&image->version, name);
  *snapshot = image->version;
  fake_rbd_version_set (snapshot, number);
  return number != 0 ? 0 : -ENOENT;
}

static void
copy_group (const FakeVersion *from, const FakeVersion *to)
{
  g_auto (GStrv) keys =
      g_key_file_get_keys (from->header, from->group, NULL, NULL);

  for (char **key = keys; *key != NULL; key++) {
    g_autofree char *value =
        g_key_file_get_value (from->header, from->group, *key, NULL);

    g_key_file_set_value (to->header, to->group, *key, value);
  }
}

/* Holes stay holes. */
static void
copy_data (const FakeVersion *from, const FakeVersion *to)
{
  guint64 size = fake_rbd_get (from, "size");
  guint64 object_size = fake_rbd_object_size (from);
  g_autofree guint8 *buffer = g_malloc (object_size);

  for (guint64 at = 0; at < size; at += object_size) {
    if (fake_rbd_object (from, at / object_size) != FAKE_OBJECT_THERE)
      continue;
    fake_rbd_read (from, at, buffer, object_size);
    if (!fake_rbd_is_zero (buffer, object_size))
      fake_rbd_write (to, at, buffer, object_size);
  }
}

static int
create (FakeImage *image, const char *name)
{
  FakeVersion *head = &image->version;
  g_auto (FakeLock) lock = fake_rbd_lock (head->cluster);
  FakeVersion snapshot;
  guint64 number;

  if (image->read_only)
    return -EROFS;
  if (find (image, name, &snapshot) == 0)
    return -EEXIST;
  number = fake_rbd_get_image (head, "last") + 1;
  g_key_file_set_uint64 (head->header, "image", "last", number);
  fake_rbd_version_set (&snapshot, number);
  copy_group (head, &snapshot);
  copy_data (head, &snapshot);
  g_key_file_set_string (head->header, snapshot.group, "name", name);
  fake_rbd_save (head);
  return 0;
}

int
rbd_snap_create (rbd_image_t handle, const char *name)
{
  FakeFault fault = begin ("rbd_snap_create", handle, name);

  return fault.stop ? fault.result
                    : fake_rbd_end (&fault, create (handle, name));
}

static int
protect (FakeImage *image, const char *name)
{
  g_auto (FakeLock) lock = fake_rbd_lock (image->version.cluster);
  FakeVersion snapshot;
  int result = image->read_only ? -EROFS : find (image, name, &snapshot);

  if (result < 0)
    return result;
  if (fake_rbd_get (&snapshot, "protected"))
    return -EBUSY;
  fake_rbd_set (&snapshot, "protected", 1);
  fake_rbd_save (&snapshot);
  return 0;
}

int
rbd_snap_protect (rbd_image_t handle, const char *name)
{
  FakeFault fault = begin ("rbd_snap_protect", handle, name);

  return fault.stop ? fault.result
                    : fake_rbd_end (&fault, protect (handle, name));
}

static int
unprotect (FakeImage *image, const char *name)
{
  g_auto (FakeLock) lock = fake_rbd_lock (image->version.cluster);
  FakeVersion snapshot;
  int result = image->read_only ? -EROFS : find (image, name, &snapshot);

  if (result < 0)
    return result;
  if (!fake_rbd_get (&snapshot, "protected"))
    return -EINVAL;
  if (fake_rbd_has_children (&snapshot, 1))
    return -EBUSY;
  fake_rbd_set (&snapshot, "protected", 0);
  fake_rbd_save (&snapshot);
  return 0;
}

int
rbd_snap_unprotect (rbd_image_t handle, const char *name)
{
  FakeFault fault = begin ("rbd_snap_unprotect", handle, name);

  return fault.stop ? fault.result
                    : fake_rbd_end (&fault, unprotect (handle, name));
}

/* It is out of sight, as long as clones need it. */
static void
move_to_trash (FakeVersion *snapshot)
{
  g_autofree char *name = fake_rbd_get_string (snapshot, "name");
  g_autofree char *hidden = g_uuid_string_random ();

  g_key_file_set_string (snapshot->header, snapshot->group, "trash", name);
  g_key_file_set_string (snapshot->header, snapshot->group, "name", hidden);
}

void
fake_rbd_drop_snapshot (FakeVersion *snapshot)
{
  g_auto (FakeVersion) parent = { 0 };
  g_autofree char *data = fake_rbd_data_path (snapshot);
  guint64 overlap;
  gboolean is_clone = fake_rbd_parent_open (snapshot, &parent, &overlap);

  g_key_file_remove_group (snapshot->header, snapshot->group, NULL);
  fake_rbd_save (snapshot);
  g_unlink (data);
  if (is_clone)
    fake_rbd_detach (snapshot, &parent);
}

static int
remove_named (FakeImage *image, const char *name)
{
  g_auto (FakeLock) lock = fake_rbd_lock (image->version.cluster);
  FakeVersion snapshot;
  int result = image->read_only ? -EROFS : find (image, name, &snapshot);

  if (result < 0)
    return result;
  if (fake_rbd_get (&snapshot, "protected"))
    return -EBUSY;
  if (!fake_rbd_has_children (&snapshot, 0)) {
    fake_rbd_drop_snapshot (&snapshot);
    return 0;
  }
  move_to_trash (&snapshot);
  fake_rbd_save (&snapshot);
  return 0;
}

int
rbd_snap_remove (rbd_image_t handle, const char *name)
{
  FakeFault fault = begin ("rbd_snap_remove", handle, name);

  return fault.stop ? fault.result
                    : fake_rbd_end (&fault, remove_named (handle, name));
}

/* By its number: -ENOENT where there is none. */
static int
find_number (FakeImage *image, guint64 number, FakeVersion *snapshot)
{
  fake_rbd_reload (&image->version);
  *snapshot = image->version;
  fake_rbd_version_set (snapshot, number);
  return number != 0 && g_key_file_has_group (snapshot->header, snapshot->group)
             ? 0
             : -ENOENT;
}

static int
remove_number (FakeImage *image, guint64 number)
{
  g_auto (FakeLock) lock = fake_rbd_lock (image->version.cluster);
  FakeVersion snapshot;
  int result =
      image->read_only ? -EROFS : find_number (image, number, &snapshot);

  if (result < 0)
    return result;
  if (fake_rbd_has_children (&snapshot, 0))
    return -EBUSY;
  fake_rbd_drop_snapshot (&snapshot);
  return 0;
}

int
rbd_snap_remove_by_id (rbd_image_t handle, uint64_t number)
{
  FakeFault fault = begin ("rbd_snap_remove_by_id", handle, NULL);

  return fault.stop ? fault.result
                    : fake_rbd_end (&fault, remove_number (handle, number));
}

int
rbd_snap_get_id (rbd_image_t handle, const char *name, uint64_t *number)
{
  FakeFault fault = begin ("rbd_snap_get_id", handle, name);
  FakeVersion snapshot;
  int result;

  if (fault.stop)
    return fault.result;
  result = find (handle, name, &snapshot);
  *number = result == 0 ? snapshot.number : 0;
  return fake_rbd_end (&fault, result);
}

/* The list needs room for one more, its end. */
int
rbd_snap_list (rbd_image_t handle, rbd_snap_info_t *list, int *max)
{
  FakeImage *image = handle;
  FakeFault fault = begin ("rbd_snap_list", image, NULL);
  g_autofree guint64 *numbers = NULL;
  int n = 0;

  if (fault.stop)
    return fault.result;
  fake_rbd_reload (&image->version);
  numbers = fake_rbd_snapshots (&image->version);
  while (numbers[n] != 0)
    n++;
  if (n > 0 && *max < n + 1) {
    *max = n + 1;
    return -ERANGE;
  }
  for (int i = 0; i < n; i++) {
    FakeVersion snapshot = image->version;

    fake_rbd_version_set (&snapshot, numbers[i]);
    list[i].id = numbers[i];
    list[i].size = fake_rbd_get (&snapshot, "size");
    list[i].name = fake_rbd_get_string (&snapshot, "name");
    list[i + 1].name = NULL;
  }
  return fake_rbd_end (&fault, n);
}

void
rbd_snap_list_end (rbd_snap_info_t *list)
{
  for (; list->name != NULL; list++)
    free ((char *) list->name);
}

int
rbd_snap_get_namespace_type (rbd_image_t handle, uint64_t number,
                             rbd_snap_namespace_type_t *type)
{
  FakeFault fault = begin ("rbd_snap_get_namespace_type", handle, NULL);
  g_autofree char *trash = NULL;
  FakeVersion snapshot;
  int result;

  if (fault.stop)
    return fault.result;
  result = find_number (handle, number, &snapshot);
  trash = fake_rbd_get_string (&snapshot, "trash");
  *type = trash != NULL ? RBD_SNAP_NAMESPACE_TYPE_TRASH
                        : RBD_SNAP_NAMESPACE_TYPE_USER;
  return fake_rbd_end (&fault, result);
}

int
rbd_snap_get_trash_namespace (rbd_image_t handle, uint64_t number, char *name,
                              size_t length)
{
  FakeFault fault = begin ("rbd_snap_get_trash_namespace", handle, NULL);
  g_autofree char *trash = NULL;
  FakeVersion snapshot;

  if (fault.stop)
    return fault.result;
  if (find_number (handle, number, &snapshot) < 0)
    return -ENOENT;
  trash = fake_rbd_get_string (&snapshot, "trash");
  if (trash == NULL)
    return -EINVAL;
  if (strlen (trash) + 1 > length)
    return -ERANGE;
  g_strlcpy (name, trash, length);
  return fake_rbd_end (&fault, 0);
}

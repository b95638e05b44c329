/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the fake stores images. An image is a folder with a file "header", a
 * GKeyFile, and the data of each version in a file of its own, by its number.
 * Without header it is part of an image: the rest of a clone that was not
 * finished.
 *
 *   [image]  id=, features=, order= (of its objects' size), last= (number of a
 *            snapshot)
 *   [0]      the image itself; [N] its snapshot N:
 *            size=, flags=,
 *            objects= a character each (FAKE_OBJECT_…), missing: all there
 *            parent-pool=, parent-space=, parent-id=, parent-snap=, overlap=
 *            name=, protected=, trash= (its name before it got there)
 *            children= a list of "FORMAT POOL SPACE ID"
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/fake-rbd.h"

FakeLock
fake_rbd_lock (const FakeCluster *cluster)
{
  g_autofree char *path = g_build_filename (cluster->folder, "lock", NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

  if (fd < 0 || flock (fd, LOCK_EX) != 0)
    fake_rbd_die ("%s can't be locked", path);
  return fd;
}

void
fake_rbd_unlock (FakeLock lock)
{
  close (lock);
}

gboolean
fake_rbd_may (const FakeCluster *cluster, const char *pool, char right)
{
  g_autofree char *path =
      g_build_filename (cluster->folder, "users", cluster->user, NULL);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *caps = NULL, *all = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return FALSE;
  caps = g_key_file_get_string (file, "caps", pool, NULL);
  all = g_key_file_get_string (file, "caps", "*", NULL);
  return (caps != NULL && strchr (caps, right) != NULL)
         || (all != NULL && strchr (all, right) != NULL);
}

char *
fake_rbd_place (const FakeCluster *cluster, const char *pool, const char *space,
                const char *kind)
{
  return *space == '\0'
             ? g_build_filename (cluster->folder, "pools", pool, kind, NULL)
             : g_build_filename (cluster->folder, "pools", pool, "spaces",
                                 space, kind, NULL);
}

char *
fake_rbd_image_folder (const FakeCluster *cluster, const char *pool,
                       const char *space, const char *name)
{
  g_autofree char *place = fake_rbd_place (cluster, pool, space, "images");

  return g_build_filename (place, name, NULL);
}

static char *
header_path (const FakeVersion *version)
{
  return g_build_filename (version->folder, "header", NULL);
}

gboolean
fake_rbd_reload (FakeVersion *version)
{
  g_autofree char *path = header_path (version);
  g_autoptr (GKeyFile) header = g_key_file_new ();

  if (!g_key_file_load_from_file (header, path, G_KEY_FILE_NONE, NULL))
    return FALSE;
  g_clear_pointer (&version->header, g_key_file_unref);
  version->header = g_steal_pointer (&header);
  return TRUE;
}

/* At once, or not at all. */
void
fake_rbd_save (const FakeVersion *version)
{
  g_autofree char *path = header_path (version);
  g_autofree char *temporary = g_strconcat (path, ".new", NULL);
  gsize length;
  g_autofree char *text = g_key_file_to_data (version->header, &length, NULL);

  if (!g_file_set_contents_full (temporary, text, (gssize) length,
                                 G_FILE_SET_CONTENTS_NONE, 0666, NULL)
      || g_rename (temporary, path) != 0)
    fake_rbd_die ("%s can't be written", path);
}

void
fake_rbd_version_set (FakeVersion *version, guint64 number)
{
  version->number = number;
  snprintf (version->group, sizeof version->group, "%" G_GUINT64_FORMAT,
            number);
}

gboolean
fake_rbd_version_open (FakeVersion *version, FakeCluster *cluster,
                       const char *pool, const char *space, const char *name,
                       guint64 number)
{
  *version = (FakeVersion){
    .cluster = cluster,
    .pool = g_strdup (pool),
    .space = g_strdup (space),
    .folder = fake_rbd_image_folder (cluster, pool, space, name),
  };
  fake_rbd_version_set (version, number);
  return fake_rbd_reload (version);
}

void
fake_rbd_version_clear (FakeVersion *version)
{
  g_free (version->pool);
  g_free (version->space);
  g_free (version->folder);
  g_clear_pointer (&version->header, g_key_file_unref);
}

static guint64
get (const FakeVersion *version, const char *group, const char *key)
{
  return g_key_file_get_uint64 (version->header, group, key, NULL);
}

guint64
fake_rbd_get (const FakeVersion *version, const char *key)
{
  return get (version, version->group, key);
}

void
fake_rbd_set (const FakeVersion *version, const char *key, guint64 value)
{
  g_key_file_set_uint64 (version->header, version->group, key, value);
}

char *
fake_rbd_get_string (const FakeVersion *version, const char *key)
{
  return g_key_file_get_string (version->header, version->group, key, NULL);
}

guint64
fake_rbd_get_image (const FakeVersion *version, const char *key)
{
  return get (version, "image", key);
}

guint64
fake_rbd_object_size (const FakeVersion *version)
{
  return (guint64) 1 << fake_rbd_get_image (version, "order");
}

guint64 *
fake_rbd_snapshots (const FakeVersion *version)
{
  gsize n = 0;
  g_auto (GStrv) groups = g_key_file_get_groups (version->header, &n);
  guint64 *numbers = g_new0 (guint64, n + 1), *next = numbers;

  for (gsize i = 0; i < n; i++) {
    guint64 number = g_ascii_strtoull (groups[i], NULL, 10);

    if (number > 0)
      *next++ = number;
  }
  return numbers;
}

guint64
fake_rbd_find_snapshot (const FakeVersion *version, const char *name)
{
  g_autofree guint64 *numbers = fake_rbd_snapshots (version);

  for (guint64 *number = numbers; *number != 0; number++) {
    FakeVersion snapshot = *version;
    g_autofree char *other = NULL, *trash = NULL;

    fake_rbd_version_set (&snapshot, *number);
    other = fake_rbd_get_string (&snapshot, "name");
    trash = fake_rbd_get_string (&snapshot, "trash");
    if (trash == NULL && g_strcmp0 (name, other) == 0)
      return *number;
  }
  return 0;
}

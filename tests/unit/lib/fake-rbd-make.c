/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making what is in the fake of Ceph, and looking at it. */
#include "lib/fake-rbd-make.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/fake-rbd.h"

static char *
get_path (const char *first, const char *second)
{
  return g_build_filename (g_getenv (FAKE_RBD_FOLDER), first, second, NULL);
}

static void
write_text (const char *path, const char *text)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_mkdir_with_parents (folder, 0777) != 0
      || !g_file_set_contents (path, text, -1, NULL))
    fake_rbd_die ("%s can't be written", path);
}

void
fake_rbd_new_cluster (const char *cluster, const char *fsid)
{
  g_autofree char *path = get_path (cluster, "fsid");

  write_text (path, fsid);
}

void
fake_rbd_new_user (const char *cluster, const char *user, const char *key,
                   const char *caps)
{
  g_autofree char *folder = get_path (cluster, "users");
  g_autofree char *path = g_build_filename (folder, user, NULL);
  g_auto (GStrv) list = g_strsplit (caps, " ", -1);
  g_autofree char *lines = g_strjoinv ("\n", list);
  g_autofree char *text =
      g_strdup_printf ("[user]\nkey=%s\n[caps]\n%s\n", key, lines);

  write_text (path, text);
}

void
fake_rbd_new_pool (const char *cluster, const char *pool)
{
  g_autofree char *pools = get_path (cluster, "pools");
  g_autofree char *path = g_build_filename (pools, pool, "images", NULL);

  if (g_mkdir_with_parents (path, 0777) != 0)
    fake_rbd_die ("%s can't be made", path);
}

void
fake_rbd_require_client (const char *cluster, guint release)
{
  g_autofree char *path = get_path (cluster, "require-client");
  g_autofree char *text = g_strdup_printf ("%u", release);

  write_text (path, text);
}

/* ---- Images */

static void
clear_cluster (FakeCluster *cluster)
{
  g_free (cluster->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FakeCluster, clear_cluster)

/* Of whoever is no client. */
static void
open_cluster (FakeCluster *cluster, const char *name)
{
  cluster->folder = get_path (name, NULL);
  cluster->user = (char *) "admin";
}

typedef struct {
  char *pool, *space, *name;
} Name;

static void
clear_name (Name *name)
{
  g_free (name->pool);
  g_free (name->space);
  g_free (name->name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Name, clear_name)

static void
split (const char *image, Name *name)
{
  const char *slash = strchr (image, '/');
  const char *last = strrchr (image, '/');

  if (slash == NULL)
    fake_rbd_die ("%s is no POOL/IMAGE", image);
  name->pool = g_strndup (image, (gsize) (slash - image));
  name->space = slash == last
                    ? g_strdup ("")
                    : g_strndup (slash + 1, (gsize) (last - slash - 1));
  name->name = g_strdup (last + 1);
}

static void
open_version (FakeVersion *version, FakeCluster *cluster, const char *image)
{
  g_auto (Name) name = { 0 };

  split (image, &name);
  if (!fake_rbd_version_open (version, cluster, name.pool, name.space,
                              name.name, 0))
    fake_rbd_die ("there is no image %s", image);
}

void
fake_rbd_new_image (const char *cluster_name, const char *image, guint64 size,
                    guint order, guint64 features)
{
  g_auto (FakeCluster) cluster = { 0 };
  g_auto (FakeVersion) version = { 0 };
  g_auto (Name) name = { 0 };
  g_autofree char *id = g_uuid_string_random ();

  open_cluster (&cluster, cluster_name);
  split (image, &name);
  version.folder =
      fake_rbd_image_folder (&cluster, name.pool, name.space, name.name);
  if (g_mkdir_with_parents (version.folder, 0777) != 0)
    fake_rbd_die ("%s can't be made", version.folder);
  version.header = g_key_file_new ();
  fake_rbd_version_set (&version, 0);
  g_key_file_set_string (version.header, "image", "id", id);
  g_key_file_set_uint64 (version.header, "image", "features", features);
  g_key_file_set_uint64 (version.header, "image", "order", order);
  g_key_file_set_string (version.header, "0", "objects", "");
  fake_rbd_set (&version, "size", size);
  fake_rbd_save (&version);
}

/* Objects that are discarded as a whole are gone, unless a parent has them. */
static void
forget_objects (const FakeVersion *version, guint64 offset, guint64 end)
{
  guint64 size = fake_rbd_object_size (version);
  g_autofree char *parent = fake_rbd_get_string (version, "parent-id");

  for (guint64 object = (offset + size - 1) / size;
       parent == NULL && (object + 1) * size <= end; object++)
    if (fake_rbd_object (version, object) != FAKE_OBJECT_NONE)
      fake_rbd_set_object (version, object, FAKE_OBJECT_NONE);
}

void
fake_rbd_fill (const char *cluster_name, const char *image, guint64 offset,
               guint64 length, guint8 byte)
{
  g_auto (FakeCluster) cluster = { 0 };
  g_auto (FakeVersion) version = { 0 };
  g_autofree guint8 *bytes = g_malloc (length);

  open_cluster (&cluster, cluster_name);
  open_version (&version, &cluster, image);
  memset (bytes, byte, length);
  fake_rbd_write (&version, offset, bytes, length);
  if (byte == 0)
    forget_objects (&version, offset, offset + length);
  fake_rbd_save (&version);
}

void
fake_rbd_resize (const char *cluster_name, const char *image, guint64 size)
{
  g_auto (FakeCluster) cluster = { 0 };
  g_auto (FakeVersion) version = { 0 };
  guint64 old, overlap;

  open_cluster (&cluster, cluster_name);
  open_version (&version, &cluster, image);
  old = fake_rbd_get (&version, "size");
  overlap = fake_rbd_get (&version, "overlap");
  if (size < old) {
    g_autofree guint8 *zeroes = g_malloc0 (old - size);

    fake_rbd_write (&version, size, zeroes, old - size);
    forget_objects (&version, size, old);
  }
  fake_rbd_set (&version, "size", size);
  if (overlap > size)
    fake_rbd_set (&version, "overlap", size);
  fake_rbd_save (&version);
}

void
fake_rbd_import (const char *cluster_name, const char *image, const char *path)
{
  g_auto (FakeCluster) cluster = { 0 };
  g_auto (FakeVersion) version = { 0 };
  g_autofree char *bytes = NULL;
  gsize length, size;

  if (!g_file_get_contents (path, &bytes, &length, NULL))
    fake_rbd_die ("%s can't be read", path);
  open_cluster (&cluster, cluster_name);
  open_version (&version, &cluster, image);
  size = fake_rbd_object_size (&version);
  fake_rbd_set (&version, "size", length);
  for (gsize at = 0; at < length; at += size) {
    const guint8 *part = (const guint8 *) bytes + at;
    gsize n = MIN (size, length - at);

    if (!fake_rbd_is_zero (part, n))
      fake_rbd_write (&version, at, part, n);
  }
  fake_rbd_save (&version);
}

guint8 *
fake_rbd_export (const char *cluster_name, const char *image,
                 const char *snapshot, gsize *length)
{
  g_auto (FakeCluster) cluster = { 0 };
  g_auto (FakeVersion) version = { 0 };
  guint8 *bytes;
  gsize size;

  open_cluster (&cluster, cluster_name);
  open_version (&version, &cluster, image);
  if (snapshot != NULL) {
    fake_rbd_version_set (&version,
                          fake_rbd_find_snapshot (&version, snapshot));
    if (version.number == 0)
      fake_rbd_die ("%s has no snapshot %s", image, snapshot);
  }
  size = fake_rbd_get (&version, "size");
  bytes = g_malloc (size + 1);
  fake_rbd_read (&version, 0, bytes, size);
  if (length != NULL)
    *length = size;
  return bytes;
}

void
fake_rbd_move_to_trash (const char *cluster_name, const char *image)
{
  g_auto (FakeCluster) cluster = { 0 };
  g_auto (FakeVersion) version = { 0 };
  g_autofree char *id = NULL, *place = NULL, *path = NULL;

  open_cluster (&cluster, cluster_name);
  open_version (&version, &cluster, image);
  id = g_key_file_get_string (version.header, "image", "id", NULL);
  place = fake_rbd_place (&cluster, version.pool, version.space, "trash");
  path = g_build_filename (place, id, NULL);
  if (g_mkdir_with_parents (place, 0777) != 0
      || g_rename (version.folder, path) != 0)
    fake_rbd_die ("%s can't be moved to the trash", image);
}

int
fake_rbd_watch (const char *cluster_name, const char *image)
{
  g_auto (FakeCluster) cluster = { 0 };
  g_auto (FakeVersion) version = { 0 };

  open_cluster (&cluster, cluster_name);
  open_version (&version, &cluster, image);
  return fake_rbd_watch_version (&version);
}

void
fake_rbd_unwatch (int watch)
{
  close (watch);
}

/* ---- Control */

void
fake_rbd_faults (const char *text)
{
  g_autofree char *path = get_path ("faults", NULL);

  if (text != NULL)
    write_text (path, text);
  else
    g_unlink (path);
}

guint
fake_rbd_count (const char *line)
{
  g_autofree char *path = get_path ("log", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  lines = g_strsplit (text, "\n", -1);
  for (char **at = lines; *at != NULL; at++)
    n += g_str_has_prefix (*at, line)
         && strchr (" ", (*at)[strlen (line)]) != NULL;
  return n;
}

void
fake_rbd_forget_log (void)
{
  g_autofree char *path = get_path ("log", NULL);

  g_unlink (path);
}

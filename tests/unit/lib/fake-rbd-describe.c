/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is in a cluster of the fake, as text. */
#include <string.h>

#include "lib/fake-rbd-make.h"
#include "lib/fake-rbd.h"

static void
add_parent (GString *line, const FakeVersion *version)
{
  g_auto (FakeVersion) parent = { 0 };
  g_autofree char *name = NULL, *folder = NULL;
  guint64 overlap;

  if (!fake_rbd_parent_open (version, &parent, &overlap))
    return;
  folder = g_path_get_basename (parent.folder);
  name = fake_rbd_get_string (&parent, "name");
  g_string_append_printf (line, " < %s/%s@%s", parent.pool, folder, name);
}

static void
add_version (GPtrArray *lines, const char *image, const FakeVersion *version)
{
  g_autoptr (GString) line = g_string_new (image);
  g_autofree char *name = fake_rbd_get_string (version, "name");
  g_autofree char *trash = fake_rbd_get_string (version, "trash");

  if (name != NULL)
    g_string_append_printf (line, "@%s%s", trash != NULL ? "trash:" : "",
                            trash != NULL ? trash : name);
  g_string_append_printf (line, " %" G_GUINT64_FORMAT,
                          fake_rbd_get (version, "size"));
  if (fake_rbd_get (version, "protected"))
    g_string_append (line, " protected");
  add_parent (line, version);
  g_ptr_array_add (lines, g_strdup (line->str));
}

static void
add_image (GPtrArray *lines, FakeCluster *cluster, const char *pool,
           const char *name)
{
  g_autofree char *image = g_strconcat (pool, "/", name, NULL);
  g_auto (FakeVersion) version = { 0 };
  g_autofree guint64 *numbers = NULL;
  g_autofree char *folder = fake_rbd_image_folder (cluster, pool, "", name);

  if (g_file_test (folder, G_FILE_TEST_IS_SYMLINK)) {
    g_ptr_array_add (lines, g_strconcat (image, " left", NULL));
    return;
  }
  if (!fake_rbd_version_open (&version, cluster, pool, "", name, 0)) {
    g_ptr_array_add (lines, g_strconcat (image, " partial", NULL));
    return;
  }
  add_version (lines, image, &version);
  numbers = fake_rbd_snapshots (&version);
  for (guint64 *number = numbers; *number != 0; number++) {
    fake_rbd_version_set (&version, *number);
    add_version (lines, image, &version);
  }
}

static void
add_pool (GPtrArray *lines, FakeCluster *cluster, const char *pool)
{
  g_autofree char *place = fake_rbd_place (cluster, pool, "", "images");
  g_autoptr (GDir) dir = g_dir_open (place, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    add_image (lines, cluster, pool, name);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char *
fake_rbd_describe (const char *cluster_name)
{
  g_autofree char *folder =
      g_build_filename (g_getenv (FAKE_RBD_FOLDER), cluster_name, NULL);
  g_autofree char *pools = g_build_filename (folder, "pools", NULL);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (pools, 0, NULL);
  FakeCluster cluster = { .folder = folder };
  const char *pool;

  while (dir != NULL && (pool = g_dir_read_name (dir)) != NULL)
    add_pool (lines, &cluster, pool);
  g_ptr_array_sort (lines, compare);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("\n", (char **) lines->pdata);
}

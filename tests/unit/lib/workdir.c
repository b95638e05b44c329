/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A temporary directory for a test. */
#include "lib/workdir.h"

char *
workdir_new (void)
{
  g_autoptr (GError) error = NULL;
  char *path = g_dir_make_tmp ("vg-XXXXXX", &error);

  g_assert_no_error (error);
  return path;
}

void
workdir_remove (char *path)
{
  const char *argv[] = { "rm", "-rf", "--", path, NULL };

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                NULL, NULL, NULL, NULL);
  g_free (path);
}

char *
workdir_path (const Workdir *dir, const char *name)
{
  return g_build_filename (dir, name, NULL);
}

char *
workdir_file (const Workdir *dir, const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;
  char *path = workdir_path (dir, name);

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  return path;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's folders. */
#include "job/folder.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

static gboolean
throw_errno (GError **error, const char *path, const char *what)
{
  int saved = errno;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved),
               "the folder %s can't be %s: %s", path, what, g_strerror (saved));
  return FALSE;
}

char *
vg_folder_runtime (const VgConfig *config, const char *job_id)
{
  return g_build_filename (config->runtime_path, job_id, NULL);
}

char *
vg_folder_scratch (const VgConfig *config, const char *job_id)
{
  return g_build_filename (config->snapshots_directory, job_id, NULL);
}

gboolean
vg_folder_make (const char *path, const char *dac_label, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);
  guint uid, gid;

  if (g_mkdir_with_parents (parent, 0711) < 0
      || (g_mkdir (path, 0700) < 0 && errno != EEXIST))
    return throw_errno (error, path, "made");
  if (geteuid () == 0 && dac_label != NULL
      && sscanf (dac_label, "+%u:+%u", &uid, &gid) == 2
      && chown (path, uid, gid) < 0)
    return throw_errno (error, path, "given to the hypervisor's user");
  return TRUE;
}

gboolean
vg_folder_remove (const char *path, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    g_unlink (file);
  }
  if (g_rmdir (path) < 0 && errno != ENOENT)
    return throw_errno (error, path, "deleted");
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories of a job. */
#include "util/directory.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

/* The hypervisor's user must reach its own directories below. */
#define OTHERS_MAY_PASS 0711

static gboolean
throw_errno (GError **error, const char *path, const char *what)
{
  int saved = errno;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved),
               "the directory %s can't be %s: %s", path, what,
               g_strerror (saved));
  return FALSE;
}

char *
vg_directory_runtime (const VgConfig *config, const char *job_id)
{
  return g_build_filename (config->runtime_path, job_id, NULL);
}

char *
vg_directory_scratch (const VgConfig *config, const char *job_id)
{
  return g_build_filename (config->snapshots_directory, job_id, NULL);
}

gboolean
vg_directory_ensure (const char *path, guint mode, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return TRUE;
  if (!g_str_equal (parent, path)
      && !vg_directory_ensure (parent, OTHERS_MAY_PASS, error))
    return FALSE;
  /* The mode must not depend on the umask. */
  if (g_mkdir (path, mode) == 0 ? g_chmod (path, mode) < 0 : errno != EEXIST)
    return throw_errno (error, path, "made");
  return TRUE;
}

gboolean
vg_directory_make (const char *path, const char *dac_label, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);
  guint uid, gid;

  if (!vg_directory_ensure (parent, OTHERS_MAY_PASS, error))
    return FALSE;
  if (g_mkdir (path, 0700) < 0)
    return throw_errno (error, path, "made");
  if (geteuid () == 0 && dac_label != NULL
      && sscanf (dac_label, "+%u:+%u", &uid, &gid) == 2
      && lchown (path, uid, gid) < 0)
    return throw_errno (error, path, "given to the hypervisor's user");
  return TRUE;
}

gboolean
vg_directory_blame (const char *option, GError **error)
{
  if (error != NULL && *error != NULL) {
    gboolean denied =
        g_error_matches (*error, G_FILE_ERROR, G_FILE_ERROR_ACCES);
    g_autofree char *message = (*error)->message;

    (*error)->message =
        g_strdup_printf ("%s; %scheck %s", message,
                         denied ? "run this as root, or " : "", option);
  }
  return FALSE;
}

gboolean
vg_directory_remove (const char *path, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    g_unlink (file);
  }
  if (g_rmdir (path) < 0 && errno != ENOENT && errno != ENOTDIR)
    return throw_errno (error, path, "deleted");
  return TRUE;
}

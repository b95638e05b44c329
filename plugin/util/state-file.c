/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GLib writes a temporary file beside the file, and renames it. */
#include "util/state-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* A temporary file is renamed at once. */
#define ABANDONED_AFTER_S 3600

gboolean
vg_state_file_write (const char *path, const char *text, GError **error)
{
  return g_file_set_contents_full (path, text, -1,
                                   G_FILE_SET_CONTENTS_CONSISTENT
                                       | G_FILE_SET_CONTENTS_DURABLE,
                                   0600, error);
}

/* On a file system that can't exchange files (such as NFS), one that is deleted
 * between the two calls comes back. */
static gboolean
replace (const char *new, const char *path)
{
  if (renameat2 (AT_FDCWD, new, AT_FDCWD, path, RENAME_EXCHANGE) == 0)
    return g_unlink (new) == 0;
  return (errno == EINVAL || errno == ENOSYS) && g_access (path, F_OK) == 0
         && g_rename (new, path) == 0;
}

gboolean
vg_state_file_update (const char *path, const char *text, GError **error)
{
  g_autofree char *new = g_strconcat (path, ".new", NULL);
  int number;

  if (!vg_state_file_write (new, text, error))
    return FALSE;
  if (replace (new, path))
    return TRUE;
  number = errno;
  g_unlink (new);
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number),
               "%s can't be replaced: %s", path, g_strerror (number));
  return FALSE;
}

void
vg_state_file_flush (const char *directory)
{
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  if (fsync (fd) < 0)
    g_debug ("%s: %s", directory, g_strerror (errno));
  close (fd);
}

static void
delete_if_abandoned (const char *path)
{
  GStatBuf st;

  if (g_lstat (path, &st) == 0 && S_ISREG (st.st_mode)
      && st.st_mtime + ABANDONED_AFTER_S < g_get_real_time () / G_USEC_PER_SEC)
    g_unlink (path);
}

void
vg_state_file_sweep (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (directory, name, NULL);

    if (!g_str_has_suffix (name, ".json"))
      delete_if_abandoned (path);
  }
}

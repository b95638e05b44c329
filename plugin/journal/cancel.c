/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests cancellation of a job; without GIO, for programs that do only this.
 */
#include "journal/cancel.h"

#include <glib/gstdio.h>

#include "util/directory.h"

char *
vg_cancel_get_path (const char *state_path, const char *job_id)
{
  return g_build_filename (state_path, "cancel", job_id, NULL);
}

gboolean
vg_cancel_ask (const char *state_path, const char *job_id, GError **error)
{
  g_autofree char *path = vg_cancel_get_path (state_path, job_id);
  g_autofree char *folder = g_path_get_dirname (path);

  if (!vg_directory_ensure (folder, 0700, NULL, error))
    return vg_directory_blame (VG_DIRECTORY_STATE_OPTION, error);
  return g_file_set_contents (path, "", 0, error);
}

void
vg_cancel_forget (const char *state_path, const char *job_id)
{
  g_autofree char *path = vg_cancel_get_path (state_path, job_id);

  g_unlink (path);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens directories that other users may change, or the way to them. */
#pragma once

#include <glib.h>

/* The mode of directories on the way to one of ours: other users can pass. */
#define VG_SAFE_PATH_PASS 0711

/* Opens a directory with O_PATH, and returns the descriptor. A symbolic link is
 * followed only if nobody but root and our user could have placed it there:
 * otherwise G_FILE_ERROR_LOOP. mode 0: the directory must exist; otherwise
 * missing directories are made, the last one with that mode, those above it
 * with VG_SAFE_PATH_PASS, independent of the umask.
 *
 * doubt: set to who else may change the directory or the way to it, a clause
 * for users ("/srv/nova belongs to user nova"), or to NULL; free with
 * g_free(). A sticky directory such as /tmp is no cause of doubt by itself.
 *
 * -1 with a GFileError, whose message is the reason alone. */
int vg_safe_path_open (const char *path, guint mode, char **doubt,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether vg_safe_path_open() would open the directory, and make what is
 * missing; makes nothing. The same errors and doubt, of what is there. */
gboolean vg_safe_path_try (const char *path, char **doubt, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Who but root and our user may change the file, or the way to it: such a
 * clause, or NULL; also NULL if it can't be told, and for a character device
 * (/dev/null, which every user may write to). Free with g_free(). */
char *vg_safe_path_doubt_file (const char *path);

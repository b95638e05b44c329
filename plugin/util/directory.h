/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories of a job: sockets and scratch files of the hypervisor. */
#pragma once

#include <glib.h>

#include "util/config.h"

#define VG_DIRECTORY_RUNTIME_OPTION "runtime_path in [DEFAULT]"
#define VG_DIRECTORY_SCRATCH_OPTION "snapshots_directory in [libvirt]"
#define VG_DIRECTORY_STATE_OPTION "state_path in [DEFAULT]"

/* RUNTIME_PATH/ID and SNAPSHOTS_DIRECTORY/ID. Free with g_free(). */
char *vg_directory_runtime (const VgConfig *config, const char *job_id);
char *vg_directory_scratch (const VgConfig *config, const char *job_id);

/* Creates the directory with that mode if it is missing. Missing parents are
 * created with mode 0711, so that other users can pass through them.
 * Independent of the umask. GFileError.
 *
 * doubt NULL: G_FILE_ERROR_PERM if others than root and our user may change the
 * directory or the way to it, because its content tells us what to do. Else
 * *doubt is set to who may, a clause for users, or to NULL; free with
 * g_free(). */
gboolean vg_directory_ensure (const char *path, guint mode, char **doubt,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether that would succeed; makes nothing. The same errors and doubt. */
gboolean vg_directory_try (const char *path, char **doubt, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The same error if others may change it. A missing or unreadable
 * directory is success. */
gboolean vg_directory_check (const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Creates the directory (0700), which must not exist, and its missing parents
 * (0711). dac_label ("+64055:+64055") is the hypervisor's user and group, who
 * becomes the owner if we are permitted to change it; NULL: we stay the owner.
 * Follows no symbolic link that others could have placed. GFileError. */
gboolean vg_directory_make (const char *path, const char *dac_label,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Appends to an error of the functions above the option that sets the
 * directory: "runtime_path in [DEFAULT]". Returns FALSE. */
gboolean vg_directory_blame (const char *option, GError **error);

/* Deletes the directory and all in it, see vg_remove_tree(). Follows no
 * symbolic link that others could have placed. A missing directory is success.
 * GFileError. */
gboolean vg_directory_remove (const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's folders: sockets and scratch files that the hypervisor makes. */
#pragma once

#include <glib.h>

#include "util/config.h"

#define VG_DIRECTORY_RUNTIME_OPTION "runtime_path in [DEFAULT]"
#define VG_DIRECTORY_SCRATCH_OPTION "snapshots_directory in [libvirt]"
#define VG_DIRECTORY_STATE_OPTION "state_path in [DEFAULT]"

/* RUNTIME_PATH/ID and SNAPSHOTS_DIRECTORY/ID. Free with g_free(). */
char *vg_directory_runtime (const VgConfig *config, const char *job_id);
char *vg_directory_scratch (const VgConfig *config, const char *job_id);

/* Makes the folder with that mode if it isn't there, and the parents that it
 * lacks so that others may pass through them (0711), whatever the umask.
 * GFileError. */
gboolean vg_directory_ensure (const char *path, guint mode, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Makes the folder (0700), which must not be there, and its parents so that
 * others may pass through. dac_label ("+64055:+64055") is the hypervisor's user
 * and group, who gets it where we may give it away; NULL: it stays ours.
 * GFileError. */
gboolean vg_directory_make (const char *path, const char *dac_label,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Adds to an error of the above which option says where the folder is:
 * "runtime_path in [DEFAULT]". Returns FALSE. */
gboolean vg_directory_blame (const char *option, GError **error);

/* Deletes the folder and the files in it (not folders in it); one that isn't
 * there is success. GFileError. */
gboolean vg_directory_remove (const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

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
 * Independent of the umask. GFileError. */
gboolean vg_directory_ensure (const char *path, guint mode, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Creates the directory (0700), which must not exist, and its missing parents
 * (0711). dac_label ("+64055:+64055") is the hypervisor's user and group, who
 * becomes the owner if we are permitted to change it; NULL: we stay the owner.
 * GFileError. */
gboolean vg_directory_make (const char *path, const char *dac_label,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Appends to an error of the functions above the option that sets the
 * directory: "runtime_path in [DEFAULT]". Returns FALSE. */
gboolean vg_directory_blame (const char *option, GError **error);

/* Deletes the directory and the files in it, but no subdirectories. A missing
 * directory is success. GFileError. */
gboolean vg_directory_remove (const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The exchange of a disk's file for a new one, by names alone: the disk's name
 * is there at each moment, and what has been done can be seen from the names.
 * All three are in one directory:
 *
 *   PATH                     the disk
 *   .NAME.restore-JOB        the new file, until it is the disk
 *   PATH.before-restore-JOB  the old file, from then on
 *
 * Errors: GFileError, VG_DISK_ERROR. */
#pragma once

#include <gio/gio.h>

/* In the name of an old file, between the disk's name and the job's id. */
#define VG_SWAP_OLD ".before-restore-"

/* Free with g_free(). */
char *vg_swap_get_new (const char *path, const char *job);
char *vg_swap_get_old (const char *path, const char *job);

/* Gives the old file its other name, and the new file that of the disk; both
 * are on the disk when it returns. The new file must be whole there already. */
gboolean vg_swap_do (const char *path, const char *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Makes the old file the disk again, whatever vg_swap_do() came to; the new one
 * is gone then, if it was the disk. VG_DISK_ERROR_BUSY if a hypervisor writes
 * to the disk. Success if there is the disk, but no old file; without both the
 * file system may not be mounted. */
gboolean vg_swap_undo (const char *path, const char *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether the new file is the disk, and the old one has its other name. */
gboolean vg_swap_is_done (const char *path, const char *job);

/* Removes a new file that did not become the disk. Success without one. */
gboolean vg_swap_remove_new (const char *new_path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

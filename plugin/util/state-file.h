/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files below state_path, which are replaced as a whole and survive a crash and
 * a power failure. */
#pragma once

#include <glib.h>

/* Replaces the file, or creates it (0600): readers see the old content or the
 * new one. Its directory must exist. GFileError. */
gboolean vg_state_file_write (const char *path, const char *text,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Replaces the file if there is one: one that was deleted meanwhile does not
 * come back. Not for two writers at a time. GFileError, G_FILE_ERROR_NOENT. */
gboolean vg_state_file_update (const char *path, const char *text,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes the renames and deletions in the directory survive a power failure, as
 * far as the file system permits. */
void vg_state_file_flush (const char *directory);

/* Deletes what a killed process has left of vg_state_file_write() in the
 * directory: regular files whose names don't end in ".json", if they have not
 * been modified for an hour. Ignores errors. */
void vg_state_file_sweep (const char *directory);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file that gets its name when it is whole. Until then it has none, where the
 * file system permits it (O_TMPFILE), so nothing is left of it if the process
 * is killed; elsewhere it has a hidden name beside the final one:
 * ".NAME.XXXXXX". Errors: GFileError, whole sentences. */
#pragma once

#include <glib.h>

typedef struct _VgNewFile VgNewFile;

/* Whether a file with that path could be made: its directory exists, and there
 * is no file of that name, or a regular file that may be replaced. */
gboolean vg_new_file_check (const char *path, gboolean overwrite,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets *bytes to the free space where the file would be. */
gboolean vg_new_file_get_space (const char *path, guint64 *bytes,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* An empty file, open for reading and writing by its owner, us, alone. */
VgNewFile *vg_new_file_open (const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The same, but where the file gets a hidden name, it is that one, in the
 * directory of path: so the caller knows what is left if the process is killed.
 * If there is such a file already, G_FILE_ERROR_EXIST, then or later. */
VgNewFile *vg_new_file_open_as (const char *path, const char *hidden,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes the file unless it is finished. */
void vg_new_file_free (VgNewFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgNewFile, vg_new_file_free)

int vg_new_file_get_fd (const VgNewFile *file);

/* Writes n bytes at the offset, but for those 4 KiB of zeroes that lie whole in
 * them: there the file must have no data yet, and gets a hole. */
gboolean vg_new_file_write (VgNewFile *file, guint64 offset, const char *bytes,
                            gsize n, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Lets the kernel begin to write the data to the disk, so that there is less to
 * wait for in vg_new_file_finish(). */
void vg_new_file_start_writing (VgNewFile *file);

/* Sets the length: 0 forgets all data, and holes at the end count only then. */
gboolean vg_new_file_set_length (VgNewFile *file, guint64 bytes, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Gives the file a hidden name, by which other programs can open it. Returns
 * its whole path, borrowed. */
const char *vg_new_file_show (VgNewFile *file, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Removes that name, and warns if that fails. The file can't be finished then.
 */
void vg_new_file_hide (VgNewFile *file);

/* Writes all data to the disk, and gives the file its name. overwrite: in place
 * of the file that has it. */
gboolean vg_new_file_finish (VgNewFile *file, gboolean overwrite,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writes all data to the disk, and leaves the file there under its hidden name:
 * vg_new_file_free() no longer removes it. */
gboolean vg_new_file_leave (VgNewFile *file, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

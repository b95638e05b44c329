/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file that says that somebody is there: a lock on it ends with its process,
 * however that ends. fcntl(2), F_OFD_SETLK. */
#pragma once

#include <glib.h>

/* Locks the file, without waiting; closing fd ends that. FALSE with errno. */
gboolean vg_held_file_lock (int fd) G_GNUC_WARN_UNUSED_RESULT;

/* Reads up to size - 1 bytes of a file that somebody has locked, as a string.
 * FALSE if nobody has; with tidy it is then deleted. */
gboolean vg_held_file_read (const char *path, gboolean tidy, char *text,
                            gsize size);

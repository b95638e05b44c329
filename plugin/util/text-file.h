/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading text that others wrote: files of bounded length, in UTF-8. */
#pragma once

#include <glib.h>

/* The longest files: key files and orders, YAML, and journals. */
#define VG_TEXT_FILE_SMALL ((gsize) 1 << 20)
#define VG_TEXT_FILE_LARGE ((gsize) 64 << 20)

/* Checks that length bytes are UTF-8 without NUL bytes, as all text must be
 * before it is parsed, compared or printed. FALSE with
 * G_CONVERT_ERROR_ILLEGAL_SEQUENCE: "WHAT:LINE: the byte 0xff is not UTF-8". */
gboolean vg_text_file_check (const char *what, const char *text, gsize length,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads a file of up to max bytes, and checks it so. regular: refuses anything
 * but a regular file, and never blocks on one; otherwise a pipe is read, too,
 * unless nobody opens it to write for 5 s, or its writer says nothing for a
 * minute. NULL with G_FILE_ERROR (its code is errno's) or G_CONVERT_ERROR; the
 * message names the file. Free with g_free(). */
char *vg_text_file_read (const char *path, gsize max, gboolean regular,
                         gsize *length, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

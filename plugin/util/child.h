/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How we start other programs. */
#pragma once

#include <gio/gio.h>

/* A launcher for processes that know nothing of our credentials: none of the
 * OS_* variables is in their environment, which root and they themselves can
 * read in /proc. Free with g_object_unref(). */
GSubprocessLauncher *vg_child_launcher (GSubprocessFlags flags);

/* Waits for the process's end, and gives all that it wrote (UTF-8, free with
 * g_free()) to those of its outputs that are pipes; NULL: not wanted. FALSE
 * with G_IO_ERROR_CANCELLED, or another one of GIO's; it is killed then. Not
 * g_subprocess_communicate(): see child.c. */
gboolean vg_child_communicate (GSubprocess *process, GCancellable *cancellable,
                               char **out, char **messages, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

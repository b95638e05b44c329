/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running other programs. */
#pragma once

#include <gio/gio.h>

/* A launcher for processes without our credentials: it removes all OS_*
 * variables from their environment, which root and the processes themselves can
 * read in /proc. Free with g_object_unref(). */
GSubprocessLauncher *vg_child_launcher (GSubprocessFlags flags);

/* For g_subprocess_launcher_set_child_setup(): the process gets a session of
 * its own, out of reach of Ctrl-C. It may outlive us. */
void vg_child_leave_session (gpointer unused);

/* Kills the process, and its group if it leads one: bwrap's child waits for its
 * parent for ever if that is killed before it has answered, and is in the group
 * until it has. */
void vg_child_kill (GSubprocess *process);

/* Waits until the process exits. out and messages get all that it writes to
 * stdout and stderr where these are pipes (UTF-8, free with g_free()); either
 * may be NULL. FALSE with G_IO_ERROR_CANCELLED, or _MESSAGE_TOO_LARGE after 16
 * MiB; the process is killed then. Safer than g_subprocess_communicate(): see
 * child.c. */
gboolean vg_child_communicate (GSubprocess *process, GCancellable *cancellable,
                               char **out, char **messages, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The same for at most so many ms: G_IO_ERROR_TIMED_OUT then. Waits a
 * second at most for the killed process, which may hang in the kernel. */
gboolean vg_child_communicate_within (GSubprocess *process, guint ms,
                                      GCancellable *cancellable, char **out,
                                      char **messages, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

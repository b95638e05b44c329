/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How we start other programs. */
#pragma once

#include <gio/gio.h>

/* A launcher for processes that know nothing of our credentials: none of the
 * OS_* variables is in their environment, which root and they themselves can
 * read in /proc. Free with g_object_unref(). */
GSubprocessLauncher *vg_child_launcher (GSubprocessFlags flags);

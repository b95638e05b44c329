/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system calls that a program may make which reads guests' disks. */
#pragma once

#include <glib.h>

/* A seccomp filter as a program for the kernel, in an unnamed file at its
 * beginning. Calls that give access to other files, processes, networks or
 * parts of the kernel fail. The caller closes it. -1 with VG_DISK_ERROR_OPEN.
 */
int vg_filter_open (GError **error) G_GNUC_WARN_UNUSED_RESULT;

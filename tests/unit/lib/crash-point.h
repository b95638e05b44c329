/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process that kills itself at a chosen place. Each time that it writes,
 * renames or deletes a file by GLib has two places, before and after, in a
 * program that is linked with $(CRASH_POINT_WRAPS); a test may add more. */
#pragma once

#include <glib.h>

/* At that place, counted from 1, the process gets a SIGKILL; 0: at none. */
void crash_point_set (guint place);

/* How many it has passed. */
guint crash_point_get_count (void);

/* Here is one. */
void crash_point_pass (void);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error of work that was cancelled. */
#pragma once

#include <glib.h>

/* If *error is a cancellation (G_IO_ERROR_CANCELLED), replaces its message,
 * which GLib wrote and which names nothing, by "FORMAT was interrupted". Other
 * errors, and none, are left alone. */
void vg_interruption_name (GError **error, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times as people write them on a command line. */
#pragma once

#include <glib.h>

/* "2026-11-29" (0:00 of that day), with " 20:00" or " 20:00:00", of local time,
 * or ISO 8601 with a time zone. FALSE, *seconds (since 1970) untouched, for
 * anything else. */
gboolean vg_moment_parse (const char *text, gint64 *seconds)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lengths of time, and times of day, as people write them. */
#pragma once

#include <glib.h>

/* Parses "90", "20h", "6d 20h": numbers with the units s (the default), m, h, d
 * and w, the sum of which counts, up to a hundred years. FALSE for anything
 * else; then *seconds is unchanged. */
gboolean vg_duration_parse (const char *text, gint64 *seconds);

/* Parses "06:00", and sets *time (s since 1970) to when a clock shows that next
 * after now, in that time zone. FALSE for anything else. */
gboolean vg_duration_find_next (const char *text, gint64 now, GTimeZone *zone,
                                gint64 *time);

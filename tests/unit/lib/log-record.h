/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the program says by GLib's log, kept for a test to look at. Warnings do
 * not end the test then. */
#pragma once

#include <glib.h>

/* To be called once, after g_test_init(). */
void log_record_init (void);

void log_record_clear (void);

/* Whether a line has all these fields, given as "KEY=PATTERN", NULL-ended: so
 * many, or at least one. */
guint log_record_count (const char *field, ...) G_GNUC_NULL_TERMINATED;

/* Waits until there is one, for a minute at most. */
void log_record_await (const char *field, ...) G_GNUC_NULL_TERMINATED;

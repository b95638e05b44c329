/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clock that a test can set forward. It takes the place of GLib's monotonic
 * clock, timeouts are due by it, and pauses are short, in a program that is
 * linked with $(TEST_CLOCK_WRAPS). Libraries keep the real clock. */
#pragma once

#include <glib.h>

/* Sets the clock forward; timeouts that are due then come soon. Any thread may
 * call it. */
void test_clock_advance (gint64 us);

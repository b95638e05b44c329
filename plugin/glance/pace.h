/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pace of an upload whose rate may change meanwhile. It only computes; time
 * is the caller's, in monotonic µs. (libcurl's own limit can't be changed while
 * a transfer runs.) */
#pragma once

#include <glib.h>

/* The rate at this moment, in bytes a second, at least 1; asked once a second.
 */
typedef guint64 (*VgPaceRate) (gpointer data);

/* Zero it, but for what is set at first. */
typedef struct {
  VgPaceRate ask; /* NULL: no limit */
  gpointer data;
  guint64 rate;
  gint64 asked;  /* when; 0: not yet */
  gint64 filled; /* when credit was computed */
  double credit; /* bytes that may be sent */
  gsize wanted;  /* bytes for which it waits; 0: it doesn't */
} VgPace;

/* How many of n bytes (at least 1) may be sent now; 0: it waits. */
gsize vg_pace_allow (VgPace *pace, gsize n, gint64 now);

/* How long it still waits, in µs; 0: no longer, or it doesn't wait. */
gint64 vg_pace_get_pause (VgPace *pace, gint64 now);

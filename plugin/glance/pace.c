/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A token bucket. Bytes are sent in pieces of an eighth of a second, so that
 * nobody takes the pauses for a stall; what a late caller has missed counts for
 * half a second. */
#include "glance/pace.h"

#define ASK_EVERY_US G_USEC_PER_SEC
#define PIECES 8 /* a second */
#define SAVED 2  /* parts of a second */

static void
fill (VgPace *pace, gint64 now)
{
  guint64 rate;
  double most;

  if (pace->asked == 0)
    pace->filled = now;
  if (pace->asked == 0 || now - pace->asked >= ASK_EVERY_US) {
    rate = pace->ask (pace->data);
    pace->rate = MAX (rate, 1);
    pace->asked = now;
  }
  most = MAX ((double) pace->rate / SAVED, 1);
  pace->credit += (double) pace->rate * (double) (now - pace->filled)
                  / (double) G_USEC_PER_SEC;
  pace->credit = MIN (pace->credit, most);
  pace->filled = now;
}

/* The bytes that have to be there before any of n is sent. */
static gsize
get_piece (const VgPace *pace, gsize n)
{
  return (gsize) MIN (MAX (pace->rate / PIECES, 1), n);
}

gsize
vg_pace_allow (VgPace *pace, gsize n, gint64 now)
{
  gsize allowed;

  if (pace->ask == NULL)
    return n;
  fill (pace, now);
  if (pace->credit < (double) get_piece (pace, n)) {
    pace->wanted = n;
    return 0;
  }
  allowed = (gsize) MIN (pace->credit, (double) n);
  pace->credit -= (double) allowed;
  pace->wanted = 0;
  return allowed;
}

gint64
vg_pace_get_pause (VgPace *pace, gint64 now)
{
  double missing;

  if (pace->ask == NULL || pace->wanted == 0)
    return 0;
  fill (pace, now);
  missing = (double) get_piece (pace, pace->wanted) - pace->credit;
  if (missing <= 0)
    return 0;
  return (gint64) (missing * (double) G_USEC_PER_SEC / (double) pace->rate) + 1;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A length of time, and a time of day, in a zone whose clock is set twice a
 * year.
 */
#include "fuzz/fuzz.h"
#include "util/duration.h"

#define DAY ((gint64) 24 * 3600)

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GTimeZone) zone =
      g_time_zone_new_identifier ("CET-1CEST,M3.5.0,M10.5.0/3");
  gint64 seconds = -1, time = -1;

  g_assert_nonnull (zone);
  if (vg_duration_parse (text, &seconds))
    g_assert_true (seconds >= 0 && seconds <= 100 * 366 * DAY);
  for (gint64 now = 1774738800; now < 1774738800 + 2 * DAY; now += 7200)
    if (vg_duration_find_next (text, now, zone, &time))
      g_assert_true (time > now && time <= now + 2 * DAY + 3600);
  return 0;
}

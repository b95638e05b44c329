/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lengths of time and times of day, as people write them. */
#include "util/duration.h"

static void
test_parse (void)
{
  static const struct {
    const char *text;
    gint64 seconds; /* -1: refused */
  } cases[] = {
    { "90", 90 },
    { "0", 0 },
    { "20h", 20 * 3600 },
    { "5m", 300 },
    { "2w", 14 * 86400 },
    { "6d 20h", 6 * 86400 + 20 * 3600 },
    { "6d20h", 6 * 86400 + 20 * 3600 },
    { "1h30", 3630 },
    { "36600d", (gint64) 36600 * 86400 },
    { "36601d", -1 },
    { "36600d1s", -1 },
    { "99999999999999999999s", -1 },
    { "", -1 },
    { " 1h", -1 },
    { "h", -1 },
    { "-1h", -1 },
    { "1.5h", -1 },
    { "1y", -1 },
    { "20H", -1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    gint64 seconds = -1;

    g_test_message ("%s", cases[i].text);
    g_assert_cmpint (vg_duration_parse (cases[i].text, &seconds), ==,
                     cases[i].seconds >= 0);
    g_assert_cmpint (seconds, ==, cases[i].seconds);
  }
  g_assert_false (vg_duration_parse (NULL, NULL));
}

static gint64
find_next (const char *text, const char *now, GTimeZone *zone)
{
  g_autoptr (GDateTime) at = g_date_time_new_from_iso8601 (now, NULL);
  gint64 next = -1;

  return vg_duration_find_next (text, g_date_time_to_unix (at), zone, &next)
             ? (next - g_date_time_to_unix (at)) / 60
             : -1;
}

static void
test_clock (void)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  /* As Berlin's: an hour is left out on the last Sunday of March. */
  g_autoptr (GTimeZone) berlin =
      g_time_zone_new_identifier ("CET-1CEST,M3.5.0,M10.5.0/3");

  g_assert_nonnull (berlin);
  g_assert_cmpint (find_next ("06:00", "2026-11-29T02:10:00Z", utc), ==, 230);
  g_assert_cmpint (find_next ("02:10", "2026-11-29T02:10:00Z", utc), ==, 1440);
  g_assert_cmpint (find_next ("00:00", "2026-12-31T23:59:00Z", utc), ==, 1);
  g_assert_cmpint (find_next ("06:00", "2026-03-28T23:00:00Z", berlin), ==,
                   300);
  g_assert_cmpint (find_next ("06:00", "2026-03-27T23:00:00Z", berlin), ==,
                   360);
  g_assert_cmpint (find_next ("24:00", "2026-11-29T02:10:00Z", utc), ==, -1);
  g_assert_cmpint (find_next ("06:60", "2026-11-29T02:10:00Z", utc), ==, -1);
  g_assert_cmpint (find_next ("6:00", "2026-11-29T02:10:00Z", utc), ==, -1);
  g_assert_cmpint (find_next ("06.00", "2026-11-29T02:10:00Z", utc), ==, -1);
  g_assert_cmpint (find_next ("0a:00", "2026-11-29T02:10:00Z", utc), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/duration/parse", test_parse);
  g_test_add_func ("/duration/clock", test_clock);
  return g_test_run ();
}

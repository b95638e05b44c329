/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses lengths of time, and times of day. */
#include "util/duration.h"

#include <string.h>

#define MAX_S ((gint64) 100 * 366 * 24 * 3600)

/* Sets *unit, and moves *text behind it. */
static gboolean
read_unit (const char **text, gint64 *unit)
{
  static const char letters[] = "smhdw";
  static const gint64 seconds[] = { 1, 60, 3600, 24 * 3600, 7 * 24 * 3600 };
  const char *found;

  *unit = 1;
  if (**text == '\0')
    return TRUE;
  found = strchr (letters, **text);
  if (found == NULL)
    return FALSE;
  *unit = seconds[found - letters];
  ++*text;
  return TRUE;
}

gboolean
vg_duration_parse (const char *text, gint64 *seconds)
{
  gint64 sum = 0;

  if (text == NULL || *text == '\0')
    return FALSE;
  for (; *text != '\0'; text += strspn (text, " ")) {
    guint64 number;
    gint64 unit;
    char *end;

    if (!g_ascii_isdigit (*text))
      return FALSE;
    number = g_ascii_strtoull (text, &end, 10);
    text = end;
    if (!read_unit (&text, &unit) || number > (guint64) (MAX_S / unit))
      return FALSE;
    sum += (gint64) number * unit;
    if (sum > MAX_S)
      return FALSE;
  }
  *seconds = sum;
  return TRUE;
}

/* "06:00" */
static gboolean
read_clock (const char *text, int *hour, int *minute)
{
  if (text == NULL || strlen (text) != 5 || text[2] != ':')
    return FALSE;
  for (gsize i = 0; i < 5; i++)
    if (i != 2 && !g_ascii_isdigit (text[i]))
      return FALSE;
  *hour = 10 * (text[0] - '0') + text[1] - '0';
  *minute = 10 * (text[3] - '0') + text[4] - '0';
  return *hour < 24 && *minute < 60;
}

gboolean
vg_duration_find_next (const char *text, gint64 now, GTimeZone *zone,
                       gint64 *time)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (now);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);
  int hour, minute;

  if (!read_clock (text, &hour, &minute))
    return FALSE;
  /* A day may have 23 or 25 hours: the clock is set day by day. */
  for (int day = 0; day <= 2; day++) {
    g_autoptr (GDateTime) date = g_date_time_add_days (local, day);
    g_autoptr (GDateTime) at = g_date_time_new (
        zone, g_date_time_get_year (date), g_date_time_get_month (date),
        g_date_time_get_day_of_month (date), hour, minute, 0);

    if (at == NULL || g_date_time_to_unix (at) <= now)
      continue;
    *time = g_date_time_to_unix (at);
    return TRUE;
  }
  return FALSE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Completes what ISO 8601 needs and people leave out. */
#include "util/moment.h"

#include <string.h>

gboolean
vg_moment_parse (const char *text, gint64 *seconds)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autofree char *iso =
      g_strconcat (text, strlen (text) == 10 ? "T00:00:00" : "",
                   strlen (text) == 16 ? ":00" : "", NULL);
  g_autoptr (GDateTime) date = NULL;

  if (strlen (iso) > 10 && iso[10] == ' ')
    iso[10] = 'T';
  date = g_date_time_new_from_iso8601 (iso, zone);
  if (date == NULL)
    return FALSE;
  *seconds = g_date_time_to_unix (date);
  return TRUE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of "virt-glance jobs" that choose jobs. */
#include "cmd/jobs-filter.h"

#include <string.h>

#include "request/error.h"
#include "util/moment.h"
#include "util/text.h"

#define SHOWN 40 /* characters of a value in a message */

void
vg_jobs_filter_clear (VgJobsFilter *filter)
{
  g_free (filter->domain);
  g_free (filter->state);
  g_free (filter->since_text);
}

static gboolean
throw_value (GError **error, const char *what, const char *value)
{
  g_autofree char *shown = vg_text_clean (value, SHOWN);

  g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
               "%s, not '%s'", what, shown);
  return FALSE;
}

static gboolean
check_state (const char *state, GError **error)
{
  static const char *const states[] = { "running",    "done",    "failed",
                                        "cancelled",  "waiting", "to recover",
                                        "unreadable", NULL };

  if (state == NULL || g_strv_contains (states, state))
    return TRUE;
  return throw_value (error,
                      "--state is running, done, failed, cancelled, waiting, "
                      "'to recover' or unreadable",
                      state);
}

/* "90s", "30m", "12h", "7d", "4w": the seconds, or -1. */
static gint64
parse_age (const char *text)
{
  static const struct {
    char unit;
    gint64 seconds;
  } units[] = {
    { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 7 * 86400 }
  };
  g_autofree char *number = g_strndup (text, MAX (strlen (text), 1) - 1);
  guint64 n;

  if (!g_ascii_string_to_unsigned (number, 10, 0, 1000000, &n, NULL))
    return -1;
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    if (text[strlen (text) - 1] == units[i].unit)
      return (gint64) n * units[i].seconds;
  return -1;
}

static gboolean
parse_since (VgJobsFilter *filter, GError **error)
{
  const char *text = filter->since_text;
  gint64 age = parse_age (text);

  if (age >= 0) {
    filter->since = g_get_real_time () / G_USEC_PER_SEC - age;
    return TRUE;
  }
  if (!vg_moment_parse (text, &filter->since))
    return throw_value (error,
                        "--since is an age like 12h or 7d, or a time like "
                        "2026-11-29 or '2026-11-29 20:00'",
                        text);
  return TRUE;
}

gboolean
vg_jobs_filter_check (VgJobsFilter *filter, gboolean follows, GError **error)
{
  g_autofree char *number = g_strdup_printf ("%d", filter->last);

  if (filter->last < 0)
    return throw_value (error, "--last is a number from 1", number);
  if (filter->last > 0 && follows) {
    g_set_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID,
                 "--last and --follow exclude each other");
    return FALSE;
  }
  return check_state (filter->state, error)
         && (filter->since_text == NULL || parse_since (filter, error));
}

gboolean
vg_jobs_filter_has (const VgJobsFilter *filter, const char *domain,
                    const char *uuid, const char *state, gint64 time)
{
  if (filter->domain != NULL && g_strcmp0 (filter->domain, domain) != 0
      && g_strcmp0 (filter->domain, uuid) != 0)
    return FALSE;
  if (filter->state != NULL && !g_str_equal (filter->state, state))
    return FALSE;
  return filter->since_text == NULL || time >= filter->since;
}

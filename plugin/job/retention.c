/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Evaluates the rules, each by itself. */
#include "job/retention.h"

#define DAY_S 86400

VgRetention
vg_retention_from_request (const VgRequest *request)
{
  return (VgRetention){
    .last = request->rotation,
    .daily = (guint) MAX (0, request->keep_daily),
    .weekly = (guint) MAX (0, request->keep_weekly),
    .monthly = (guint) MAX (0, request->keep_monthly),
  };
}

/* The number of the period that contains a time. */
typedef gint64 (*Period) (gint64 time);

static gint64
get_day (gint64 time)
{
  return time / DAY_S;
}

/* 1970-01-01 was a Thursday. */
static gint64
get_week (gint64 time)
{
  return (time / DAY_S + 3) / 7;
}

static gint64
get_month (gint64 time)
{
  g_autoptr (GDateTime) at = g_date_time_new_from_unix_utc (time);

  return at != NULL ? (gint64) g_date_time_get_year (at) * 12
                          + g_date_time_get_month (at)
                    : 0;
}

/* Keeps the newest of each of the latest count periods. */
static void
keep_periods (Period period, guint count, const gint64 *times, guint n,
              gboolean *keeps)
{
  guint left = count;
  gint64 last = G_MAXINT64;

  for (guint i = 0; i < n && count > 0; i++) {
    gint64 this = period (times[i]);

    if (times[i] == 0) {
      keeps[i] = TRUE;
    } else if (left > 0 && this != last) {
      last = this;
      left--;
      keeps[i] = TRUE;
    }
  }
}

void
vg_retention_apply (const VgRetention *retention, const gint64 *times, guint n,
                    gboolean *keeps)
{
  for (guint i = 0; i < n; i++)
    keeps[i] = i < retention->last;
  keep_periods (get_day, retention->daily, times, n, keeps);
  keep_periods (get_week, retention->weekly, times, n, keeps);
  keep_periods (get_month, retention->monthly, times, n, keeps);
}

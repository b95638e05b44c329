/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which backups are kept: by number, and by days, weeks and months. */
#include "job/retention.h"

#define NONE VG_REQUEST_UNSAID

/* The times of the backups that are kept, of those in the list. */
static char *
keep (const VgRetention *retention, const char *list)
{
  g_auto (GStrv) words = g_strsplit (list, " ", -1);
  guint n = *list != '\0' ? g_strv_length (words) : 0;
  g_autofree gint64 *times = g_new0 (gint64, n + 1);
  g_autofree gboolean *keeps = g_new0 (gboolean, n + 1);
  GString *kept = g_string_new (NULL);

  for (guint i = 0; i < n; i++) {
    g_autofree char *full = g_strconcat (words[i], ":00Z", NULL);
    g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (full, NULL);

    times[i] = time != NULL ? g_date_time_to_unix (time) : 0;
  }
  vg_retention_apply (retention, times, n, keeps);
  for (guint i = 0; i < n; i++)
    if (keeps[i])
      g_string_append_printf (kept, "%s%s", kept->len > 0 ? " " : "", words[i]);
  return g_string_free (kept, FALSE);
}

static void
test_rules (void)
{
  static const struct {
    VgRetention retention;
    const char *list, *kept;
  } cases[] = {
    { { 2, 0, 0, 0 },
      "2026-11-29T02:00 2026-11-28T02:00 2026-11-27T02:00",
      "2026-11-29T02:00 2026-11-28T02:00" },
    { { 0, 0, 0, 0 }, "2026-11-29T02:00", "" },
    /* Days without a backup don't count; the newest of a day does. */
    { { NONE, 2, 0, 0 },
      "2026-11-29T03:00 2026-11-29T02:00 2026-11-20T23:59 2026-11-20T00:00 "
      "2026-11-19T23:59",
      "2026-11-29T03:00 2026-11-20T23:59" },
    /* Sunday and Monday are of two weeks. */
    { { NONE, 0, 2, 0 },
      "2026-11-30T00:00 2026-11-29T23:59 2026-11-23T00:00 2026-11-22T23:59",
      "2026-11-30T00:00 2026-11-29T23:59" },
    /* So are the two ends of a year, of one week. */
    { { NONE, 0, 1, 0 },
      "2027-01-01T02:00 2026-12-28T02:00",
      "2027-01-01T02:00" },
    { { NONE, 0, 0, 2 },
      "2027-01-02T02:00 2027-01-01T02:00 2026-12-31T02:00 2026-11-30T02:00",
      "2027-01-02T02:00 2026-12-31T02:00" },
    /* Each rule by itself: one backup may be kept by several. */
    { { 1, 2, 2, 1 },
      "2026-11-29T02:00 2026-11-28T02:00 2026-11-27T02:00 2026-11-22T02:00 "
      "2026-11-15T02:00",
      "2026-11-29T02:00 2026-11-28T02:00 2026-11-22T02:00" },
    { { 3, 1, 0, 0 },
      "2026-11-29T04:00 2026-11-29T03:00 2026-11-29T02:00 2026-11-29T01:00",
      "2026-11-29T04:00 2026-11-29T03:00 2026-11-29T02:00" },
    { { NONE, 1, 0, 0 },
      "2026-11-29T02:00 ? 2026-11-28T02:00",
      "2026-11-29T02:00 ?" },
    { { NONE, 2, 0, 0 },
      "2026-11-29T02:00 ? 2026-11-28T02:00",
      "2026-11-29T02:00 ? 2026-11-28T02:00" },
    { { NONE, 7, 4, 12 }, "", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *kept = keep (&cases[i].retention, cases[i].list);

    g_test_message ("case %" G_GSIZE_FORMAT, i);
    g_assert_cmpstr (kept, ==, cases[i].kept);
  }
}

static void
test_request (void)
{
  g_autoptr (VgRequest) request = vg_request_new (NULL);
  VgRetention retention = vg_retention_from_request (request);

  g_assert_false (vg_request_has_retention (request));
  g_assert_cmpint (retention.last, ==, NONE);
  g_assert_cmpuint (retention.daily, ==, 0);
  request->keep_weekly = 4;
  g_assert_true (vg_request_has_retention (request));
  retention = vg_retention_from_request (request);
  g_assert_cmpuint (retention.weekly, ==, 4);
  g_assert_cmpuint (retention.monthly, ==, 0);
  vg_request_clear_retention (request);
  g_assert_false (vg_request_has_retention (request));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retention/rules", test_rules);
  g_test_add_func ("/retention/request", test_request);
  return g_test_run ();
}

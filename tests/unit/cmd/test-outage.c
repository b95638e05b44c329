/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wait while a service is away: how often it is asked, and the bound. */
#include "cmd/outage.h"

#include "glance/glance.h"
#include "lib/log-record.h"
#include "lib/test-clock.h"

#define MAX_ASKED 100

typedef struct {
  VgOutage outage;
  guint n_asked; /* atomic */
  guint n_away;  /* as many are refused */
  int code;      /* of the refusal */
  gint64 times[MAX_ASKED];
  gint done; /* atomic */
  VgOutageTry verdict;
  GError *error;
} Fixture;

static gboolean
probe (gpointer data, GCancellable *cancellable G_GNUC_UNUSED, GError **error)
{
  Fixture *f = data;
  guint n = g_atomic_int_get (&f->n_asked);

  g_assert_cmpuint (n, <, MAX_ASKED);
  f->times[n] = g_get_monotonic_time ();
  g_atomic_int_set (&f->n_asked, n + 1);
  if (n >= f->n_away)
    return TRUE;
  g_set_error (error, VG_GLANCE_ERROR, f->code, "it is away");
  return FALSE;
}

static gpointer
await (gpointer data)
{
  Fixture *f = data;
  g_autoptr (GError) why = g_error_new_literal (
      VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE, "the upload was cut");

  f->verdict = vg_outage_decide (&f->outage, "guest", why, &f->error);
  g_atomic_int_set (&f->done, TRUE);
  return NULL;
}

/* Lets the clock run, a quarter of a second each time, until it ends. */
static void
run (Fixture *f, guint n_away, gint64 limit_s)
{
  static VgRequest request;
  static VgConfig config;
  GThread *thread;

  log_record_clear ();
  f->done = FALSE;
  f->n_asked = 0;
  f->n_away = n_away;
  f->code = f->code != 0 ? f->code : VG_GLANCE_ERROR_UNAVAILABLE;
  f->outage.probe = probe;
  f->outage.data = f;
  f->outage.request = &request;
  f->outage.config = &config;
  f->outage.limit_s = limit_s;
  thread = g_thread_new ("await", await, f);
  while (!g_atomic_int_get (&f->done)) {
    test_clock_advance (G_USEC_PER_SEC / 4);
    g_usleep (500);
  }
  g_thread_join (thread);
}

static void
clear (Fixture *f)
{
  vg_outage_clear (&f->outage);
  g_clear_error (&f->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, clear)

static void
test_pauses (void)
{
  static const gint64 pauses[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
  g_auto (Fixture) f = { 0 };

  run (&f, G_N_ELEMENTS (pauses), -1);
  g_assert_cmpint (f.verdict, ==, VG_OUTAGE_TRY_NEXT);
  g_assert_no_error (f.error);
  g_assert_cmpuint (f.n_asked, ==, G_N_ELEMENTS (pauses) + 1);
  for (gsize i = 0; i < G_N_ELEMENTS (pauses); i++)
    g_assert_cmpint (f.times[i + 1] - f.times[i], >=,
                     pauses[i] * G_USEC_PER_SEC);
  g_assert_cmpint (f.outage.waited_us, >=, 183 * G_USEC_PER_SEC);
  g_assert_cmpuint (json_object_array_length (f.outage.waits), ==, 1);
  g_assert_cmpuint (
      log_record_count ("MESSAGE=it is away; all backups wait*", NULL), ==, 1);
  g_assert_cmpuint (
      log_record_count ("MESSAGE=the service is back after*", NULL), ==, 1);
}

static void
test_limit (void)
{
  g_auto (Fixture) f = { 0 };

  run (&f, MAX_ASKED, 100);
  g_assert_cmpint (f.verdict, ==, VG_OUTAGE_NO_TRY);
  g_assert_error (f.error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE);
  g_assert_cmpuint (f.n_asked, <=, 7);
  g_assert_cmpuint (
      log_record_count ("MESSAGE=the service is back after*", NULL), ==, 0);
  /* All waits count together. */
  g_clear_error (&f.error);
  run (&f, MAX_ASKED, 100);
  g_assert_cmpint (f.verdict, ==, VG_OUTAGE_NO_TRY);
  g_assert_error (f.error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE);
  g_assert_cmpuint (f.n_asked, ==, 1);
}

static void
test_none (void)
{
  g_auto (Fixture) f = { 0 }, refused = { .code = VG_GLANCE_ERROR_AUTH };

  run (&f, 0, 100);
  g_assert_cmpint (f.verdict, ==, VG_OUTAGE_TRY_LAST);
  g_assert_null (f.outage.waits);
  run (&f, 0, 100);
  g_assert_cmpint (f.verdict, ==, VG_OUTAGE_NO_TRY);
  g_assert_no_error (f.error);
  /* Wrong credentials are no outage. */
  run (&refused, MAX_ASKED, 100);
  g_assert_cmpint (refused.verdict, ==, VG_OUTAGE_TRY_LAST);
  g_assert_cmpuint (refused.n_asked, ==, 1);
}

/* A service may die of that guest's upload, each time. */
static void
test_again (void)
{
  g_auto (Fixture) f = { 0 };

  for (guint i = 0; i < 3; i++) {
    run (&f, 1, -1);
    g_assert_cmpint (f.verdict, ==, VG_OUTAGE_TRY_NEXT);
  }
  run (&f, 1, -1);
  g_assert_cmpint (f.verdict, ==, VG_OUTAGE_NO_TRY);
  g_assert_no_error (f.error);
  g_assert_cmpuint (
      log_record_count ("MESSAGE=the service is back after*", NULL), ==, 1);
}

/* An error that no outage causes is returned unchanged. */
static void
test_other (void)
{
  g_auto (Fixture) f = { .outage.limit_s = 100 };
  g_autoptr (GError) error = NULL;

  f.outage.probe = probe;
  f.outage.data = &f;
  g_assert_false (vg_outage_await_after (
      &f.outage,
      g_error_new_literal (VG_GLANCE_ERROR, VG_GLANCE_ERROR_QUOTA, "full"),
      &error));
  g_assert_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_QUOTA);
  g_assert_cmpint (vg_outage_decide (&f.outage, "guest", error, NULL), ==,
                   VG_OUTAGE_NO_TRY);
  g_assert_cmpuint (f.n_asked, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  log_record_init ();
  g_test_add_func ("/outage/pauses", test_pauses);
  g_test_add_func ("/outage/limit", test_limit);
  g_test_add_func ("/outage/none", test_none);
  g_test_add_func ("/outage/again", test_again);
  g_test_add_func ("/outage/other", test_other);
  return g_test_run ();
}

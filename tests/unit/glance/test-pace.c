/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pace of an upload: what is computed from times that the test makes. */
#include "glance/pace.h"

#define SECOND G_USEC_PER_SEC
#define WANTED 65536

typedef struct {
  guint64 rate;
  guint asked;
} Source;

static guint64
ask (gpointer data)
{
  Source *source = data;

  source->asked++;
  return source->rate;
}

/* The bytes that a caller sends in that time if it waits for each pause. */
static guint64
send_for (VgPace *pace, gint64 from, gint64 time)
{
  guint64 sent = 0;

  for (gint64 now = from; now < from + time;) {
    gsize n = vg_pace_allow (pace, WANTED, now);
    gint64 pause = vg_pace_get_pause (pace, now);

    g_assert_cmpuint (n, <=, WANTED);
    g_assert_true ((n == 0) == (pause > 0));
    sent += n;
    now += pause;
  }
  return sent;
}

static void
assert_about (guint64 sent, guint64 expected)
{
  g_assert_cmpuint (sent, >=, expected - expected / 5);
  g_assert_cmpuint (sent, <=, expected + expected / 5);
}

static void
test_none (void)
{
  VgPace pace = { 0 };

  g_assert_cmpuint (vg_pace_allow (&pace, WANTED, SECOND), ==, WANTED);
  g_assert_cmpint (vg_pace_get_pause (&pace, SECOND), ==, 0);
}

static void
test_rates (void)
{
  static const guint64 rates[] = { 10, 1000, 12345, 1 << 20, 100 << 20 };

  for (gsize i = 0; i < G_N_ELEMENTS (rates); i++) {
    Source source = { .rate = rates[i] };
    VgPace pace = { .ask = ask, .data = &source };

    assert_about (send_for (&pace, 5 * SECOND, 10 * SECOND), 10 * rates[i]);
    g_assert_cmpuint (source.asked, >=, 9);
    g_assert_cmpuint (source.asked, <=, 11);
  }
}

/* It is followed within a second, up and down. */
static void
test_change (void)
{
  Source source = { .rate = 1000 };
  VgPace pace = { .ask = ask, .data = &source };

  assert_about (send_for (&pace, SECOND, 10 * SECOND), 10 * 1000);
  source.rate = 50000;
  send_for (&pace, 11 * SECOND, 2 * SECOND);
  assert_about (send_for (&pace, 13 * SECOND, 10 * SECOND), 10 * 50000);
  source.rate = 2000;
  send_for (&pace, 23 * SECOND, 2 * SECOND);
  assert_about (send_for (&pace, 25 * SECOND, 10 * SECOND), 10 * 2000);
}

/* Time in which nobody wanted to send is not made up for. */
static void
test_rest (void)
{
  Source source = { .rate = 10000 };
  VgPace pace = { .ask = ask, .data = &source };
  guint64 sent = 0;
  gsize n;

  send_for (&pace, SECOND, SECOND);
  while ((n = vg_pace_allow (&pace, WANTED, 100 * SECOND)) > 0)
    sent += n;
  g_assert_cmpuint (sent, <=, 10000 / 2);
  g_assert_cmpuint (sent, >=, 10000 / 4);
}

/* A share of nothing moves all the same; a piece is as small as what is left.
 */
static void
test_least (void)
{
  Source source = { .rate = 0 };
  VgPace pace = { .ask = ask, .data = &source };

  assert_about (send_for (&pace, SECOND, 100 * SECOND), 100);
  source.rate = 8000;
  send_for (&pace, 200 * SECOND, 2 * SECOND);
  while (vg_pace_allow (&pace, WANTED, 202 * SECOND) > 0)
    continue;
  g_assert_cmpint (vg_pace_get_pause (&pace, 202 * SECOND), >, 0);
  g_assert_cmpint (vg_pace_get_pause (&pace, 202 * SECOND), <=, SECOND / 8 + 1);
  g_assert_cmpuint (vg_pace_allow (&pace, 3, 202 * SECOND + 1000), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pace/none", test_none);
  g_test_add_func ("/pace/rates", test_rates);
  g_test_add_func ("/pace/change", test_change);
  g_test_add_func ("/pace/rest", test_rest);
  g_test_add_func ("/pace/least", test_least);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which orders are tried again, and when. */
#include "agent/retry.h"

#include <gio/gio.h>

#include "host/host.h"
#include "inventory/error.h"
#include "job/error.h"
#include "journal/lock.h"
#include "lib/workdir.h"
#include "request/error.h"
#include "request/spool.h"

#define UUID "2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8"

static gint64
get_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static VgOrder *
order_new (guint tries, gint64 tried)
{
  VgOrder *order = vg_order_new (VG_ORDER_REQUEST, UUID, "guest");

  order->request = vg_request_new (NULL);
  order->tries = tries;
  order->tried = tried;
  return order;
}

/* How long it waits, in s. The clock may move on meanwhile. */
static void
assert_waits (guint tries, gint64 tried, gint64 least, gint64 most)
{
  g_autoptr (VgOrder) order = order_new (tries, tried);
  gint64 begin = g_get_monotonic_time ();
  gint64 time = vg_retry_get_time (order);
  gint64 end = g_get_monotonic_time ();

  g_assert_cmpint (time, >=, begin + least * G_USEC_PER_SEC);
  g_assert_cmpint (time, <=, end + most * G_USEC_PER_SEC);
}

static void
test_pauses (void)
{
  static const gint64 pauses[] = { 5, 10, 20, 40, 80, 160, 320, 600, 600 };
  g_autoptr (VgOrder) fresh = order_new (0, 0), old = order_new (3, 0);

  g_assert_cmpint (vg_retry_get_time (fresh), ==, 0);
  g_assert_cmpint (vg_retry_get_time (old), ==, 0);
  /* In half a minute this test is over. */
  for (guint i = 0; i < G_N_ELEMENTS (pauses); i++)
    assert_waits (i + 1, get_now () + 30, pauses[i], pauses[i]);
  assert_waits (1000, get_now () + 30, 600, 600);
  assert_waits (8, get_now () - 300, 240, 300);
  /* The clock was set back. */
  assert_waits (1, get_now () + 86400, 5, 5);
}

static void
test_over (void)
{
  g_autoptr (VgOrder) order = order_new (0, 0);
  VgConfig config = { .retry_hours = 1 };

  order->asked = get_now () - 3000;
  g_assert_false (vg_retry_is_over (order, &config));
  order->asked = get_now () - 3600;
  g_assert_true (vg_retry_is_over (order, &config));
  config.retry_hours = 24;
  g_assert_false (vg_retry_is_over (order, &config));
  config.retry_hours = 0;
  order->asked = get_now ();
  g_assert_true (vg_retry_is_over (order, &config));
}

static void
test_kinds (void)
{
  const struct {
    GQuark domain;
    int code;
    gboolean helps;
  } cases[] = {
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_UNAVAILABLE, TRUE },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_AUTH, TRUE },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_FORBIDDEN, FALSE },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_STORE, FALSE },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_QUOTA, FALSE },
    { VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONTENT, FALSE },
    { VG_HOST_ERROR, VG_HOST_ERROR_CONNECTION, TRUE },
    { VG_HOST_ERROR, VG_HOST_ERROR_BUSY, TRUE },
    { VG_HOST_ERROR, VG_HOST_ERROR_NO_DOMAIN, FALSE },
    { VG_LOCK_ERROR, VG_LOCK_ERROR_HELD, TRUE },
    { VG_RUN_ERROR, VG_RUN_ERROR_LATE, TRUE },
    { VG_RUN_ERROR, VG_RUN_ERROR_DRAINED, TRUE },
    { VG_RUN_ERROR, VG_RUN_ERROR_ENDED, FALSE },
    { VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID, FALSE },
    { G_IO_ERROR, G_IO_ERROR_CANCELLED, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error =
        g_error_new (cases[i].domain, cases[i].code, "why");

    g_assert_cmpint (vg_retry_may_help (error), ==, cases[i].helps);
  }
}

static VgOrder *
read_order (const char *dir)
{
  g_autoptr (GPtrArray) orders = vg_spool_look (dir, NULL);

  return orders->len == 1 ? g_steal_pointer (&orders->pdata[0]) : NULL;
}

/* In its file; one that was cancelled meanwhile does not come back. */
static void
test_note (void)
{
  g_autoptr (Workdir) dir = workdir_new ();
  g_autoptr (VgOrder) order = order_new (0, 0);
  g_autoptr (VgOrder) read = NULL;
  VgConfig config = { .state_path = dir };

  g_assert_true (vg_spool_add (dir, order, FALSE, NULL));
  vg_retry_note (order, &config);
  vg_retry_note (order, &config);
  read = read_order (dir);
  g_assert_nonnull (read);
  g_assert_cmpuint (read->tries, ==, 2);
  g_assert_cmpint (read->tried, >=, get_now () - 60);
  g_assert_true (vg_spool_remove (dir, order, NULL));
  vg_retry_note (order, &config);
  g_assert_null (read_order (dir));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retry/pauses", test_pauses);
  g_test_add_func ("/retry/over", test_over);
  g_test_add_func ("/retry/kinds", test_kinds);
  g_test_add_func ("/retry/note", test_note);
  return g_test_run ();
}

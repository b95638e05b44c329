/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The queue of orders: which is started next. */

#include "agent/queue.h"

static VgOrder *
order_new (const char *id, const char *uuid)
{
  VgOrder *order = vg_order_new (VG_ORDER_REQUEST, uuid, "guest");

  order->id = g_strdup (id);
  return order;
}

/* Starts the next order, which must have that id; NULL: there must be none. */
static const VgOrder *
start_order (VgQueue *queue, gint64 now, const char *id)
{
  const VgOrder *order = vg_queue_begin (queue, now);

  g_assert_cmpstr (order != NULL ? order->id : NULL, ==, id);
  return order;
}

static void
test_limit (void)
{
  g_autoptr (VgQueue) queue = vg_queue_new (2);
  const VgOrder *first;

  vg_queue_add (queue, order_new ("3", "c"), 0);
  vg_queue_add (queue, order_new ("1", "a"), 0);
  vg_queue_add (queue, order_new ("2", "b"), 0);
  vg_queue_add (queue, order_new ("2", "b"), 0);
  g_assert_cmpuint (vg_queue_count (queue), ==, 3);
  first = start_order (queue, 1, "1");
  start_order (queue, 1, "2");
  start_order (queue, 1, NULL);
  vg_queue_add (queue, order_new ("1", "a"), 0);
  g_assert_cmpuint (vg_queue_count_running (queue), ==, 2);
  vg_queue_end (queue, first, 0);
  start_order (queue, 1, "3");
  g_assert_cmpuint (vg_queue_count (queue), ==, 2);
}

static void
test_one_a_domain (void)
{
  g_autoptr (VgQueue) queue = vg_queue_new (0);
  g_autoptr (VgQueue) wide = vg_queue_new (9);
  const VgOrder *order;

  vg_queue_add (queue, order_new ("1", "a"), 0);
  vg_queue_add (queue, order_new ("2", "b"), 0);
  start_order (queue, 1, "1");
  start_order (queue, 1, NULL);

  vg_queue_add (wide, order_new ("1", "a"), 0);
  vg_queue_add (wide, order_new ("2", "A"), 0);
  vg_queue_add (wide, order_new ("3", "b"), 0);
  order = start_order (wide, 1, "1");
  start_order (wide, 1, "3");
  start_order (wide, 1, NULL);
  vg_queue_end (wide, order, 0);
  start_order (wide, 1, "2");
}

static void
test_again (void)
{
  g_autoptr (VgQueue) queue = vg_queue_new (1);
  const VgOrder *order;

  vg_queue_add (queue, order_new ("1", "a"), 0);
  vg_queue_add (queue, order_new ("2", "b"), 0);
  g_assert_cmpint (vg_queue_next_time (queue), ==, 0);
  order = start_order (queue, 10, "1");
  vg_queue_end (queue, order, 100);
  g_assert_cmpint (vg_queue_next_time (queue), ==, 100);
  order = start_order (queue, 99, "2");
  vg_queue_end (queue, order, 0);
  start_order (queue, 99, NULL);
  start_order (queue, 100, "1");
}

/* One that has failed before the agent was started again. */
static void
test_added_later (void)
{
  g_autoptr (VgQueue) queue = vg_queue_new (1);

  vg_queue_add (queue, order_new ("1", "a"), 100);
  start_order (queue, 99, NULL);
  g_assert_cmpint (vg_queue_next_time (queue), ==, 100);
  start_order (queue, 100, "1");
}

/* The agent sleeps until the first of those that wait may begin. */
static void
test_next_time (void)
{
  static const gint64 times[] = { 100, 50, 70 };
  g_autoptr (VgQueue) queue = vg_queue_new (3);
  const VgOrder *orders[G_N_ELEMENTS (times)];

  vg_queue_add (queue, order_new ("1", "a"), 0);
  vg_queue_add (queue, order_new ("2", "b"), 0);
  vg_queue_add (queue, order_new ("3", "c"), 0);
  for (guint i = 0; i < G_N_ELEMENTS (times); i++) {
    const char id[] = { (char) ('1' + i), '\0' };

    orders[i] = start_order (queue, 1, id);
  }
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    vg_queue_end (queue, orders[i], times[i]);
  g_assert_cmpint (vg_queue_next_time (queue), ==, 50);
  start_order (queue, 50, "2");
  g_assert_cmpint (vg_queue_next_time (queue), ==, 70);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/agent/limit", test_limit);
  g_test_add_func ("/agent/one-a-domain", test_one_a_domain);
  g_test_add_func ("/agent/again", test_again);
  g_test_add_func ("/agent/added-later", test_added_later);
  g_test_add_func ("/agent/next-time", test_next_time);
  return g_test_run ();
}

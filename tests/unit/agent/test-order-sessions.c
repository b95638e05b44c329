/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an order asks of Keystone and Glance, and what it takes over from an
 * earlier one. */
#include "lib/order-fixture.h"
#include "lib/test-clock.h"

#define TOKENS "/v3/auth/tokens"

static void
assert_tokens (OrderFixture *f, guint n)
{
  static guint number = 100;
  g_autofree char *id = g_strdup_printf ("1700000000000000-%08x", number++);

  site_add_order (&f->site, "", id, "request", 1, ORDER_PLAIN);
  g_assert_true (order_run (f));
  order_assert_over (f, TRUE);
  g_assert_cmpuint (site_count_requests (&f->site, "POST", TOKENS), ==, n);
}

/* Of any kind, since the test began. */
static void
assert_requests (OrderFixture *f, guint n)
{
  g_autoptr (VgJson) log = fake_log (f->site.fake);

  g_assert_cmpuint (json_object_array_length (log), ==, n);
}

/* Request number i was for that. */
static void
assert_request (OrderFixture *f, guint i, const char *path)
{
  g_autoptr (VgJson) log = fake_log (f->site.fake);

  g_assert_cmpstr (
      vg_json_get_string (json_object_array_get_idx (log, i), "path"), ==,
      path);
}

/* A token, the stores, the image's record twice, its data; and the next order
 * goes on with that token, unless it is old, the credentials are others, or the
 * last job failed. */
static void
test_requests (OrderFixture *f, gconstpointer data G_GNUC_UNUSED)
{
  VgConfig *config = f->site.config;

  assert_tokens (f, 1);
  assert_requests (f, 5);
  assert_tokens (f, 1);
  assert_requests (f, 9);
  test_clock_advance (61 * G_USEC_PER_SEC);
  assert_tokens (f, 2);
  assert_request (f, 9, TOKENS);
  g_free (config->region_name);
  config->region_name = g_strdup ("RegionOne");
  assert_tokens (f, 3);
  assert_tokens (f, 3);
  fake_control (f->site.fake, "{'rules':[{" SITE_PUT_RULE ",'status':403}]}");
  assert_tokens (f, 3);
  fake_control (f->site.fake, "{'rules':[]}");
  assert_tokens (f, 4);
}

static void
add_tests (Fake *fake)
{
  order_fixture_add (fake, "/order-sessions/requests", test_requests);
}

int
main (int argc, char **argv)
{
  return site_main (argc, argv, add_tests);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An order's file in the spool: what can be read is written as it was, and
 * becomes a request or an error. */
#include "fuzz/fuzz.h"
#include "request/order.h"

static void
check_order (const VgOrder *order)
{
  g_autoptr (VgConfig) config = vg_config_new ();
  g_autoptr (VgJson) json = vg_order_to_json (order);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgOrder) again = vg_order_from_json (json, &error);
  g_autoptr (VgRequest) request = NULL;

  g_assert_no_error (error);
  g_assert_true (again->kind == order->kind);
  g_assert_cmpstr (again->uuid, ==, order->uuid);
  g_assert_cmpint (again->asked, ==, order->asked);
  g_assert_true ((again->request == NULL) == (order->request == NULL));
  if (order->request == NULL)
    return;
  request = vg_order_to_request (order, config, &error);
  fuzz_check_result (request != NULL, error);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (VgJson) json = fuzz_parse_json (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgOrder) order = NULL;

  if (json == NULL)
    return 0;
  order = vg_order_from_json (json, &error);
  fuzz_check_result (order != NULL, error);
  if (order != NULL)
    check_order (order);
  return 0;
}

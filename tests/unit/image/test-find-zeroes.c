/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The search for zero blocks. */
#include "image/find-zeroes.h"

#include <gio/gio.h>

#include "lib/made.h"

static void
on_progress (guint64 done, guint64 total, gpointer data)
{
  guint64 *last = data;

  g_assert_cmpuint (done, >, *last);
  g_assert_cmpuint (done, <=, total);
  *last = done;
}

static void
test_found (void)
{
  g_autoptr (VgMap) map = made_full_map (100 * C + 5);
  Made *made = made_new (map, MIXTURE, 9);
  g_autoptr (VgBody) body = &made->body;
  g_autoptr (GError) error = NULL;
  guint64 last = 0;
  g_autoptr (VgMap) found =
      vg_find_zeroes (map, body, on_progress, &last, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (last, ==, 96 * C);
  g_assert_cmpuint (vg_map_get_size (found), ==, 100 * C + 5);
  g_assert_cmpuint (vg_map_get_n_data_blocks (found), <, 95);
  for (guint64 i = 0; i < 100; i++)
    g_assert_cmpint (vg_map_is_data (found, i), ==,
                     made_kind_of (made, i) != ZEROES);
  made->fail_at = 0;
  g_assert_null (vg_find_zeroes (map, body, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/find-zeroes/found", test_found);
  return g_test_run ();
}

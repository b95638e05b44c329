/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole HTTP replies: lines of "%%" divide them, and each connection gets the
 * next one. */
#include "fuzz/fuzz.h"
#include "fuzz/replies.h"
#include "glance/glance.h"

static VgConfig *config;

static void
ask (void)
{
  static const char *const filters[] = { "status", "active", NULL };
  g_autoptr (GError) error = NULL, none = NULL, unlisted = NULL;
  g_autoptr (VgGlance) glance = vg_glance_new (config, &error);
  g_autoptr (VgStores) stores = NULL;
  g_autoptr (VgImageRecord) image = NULL;
  g_autoptr (GPtrArray) images = NULL;

  g_assert_no_error (error);
  stores = vg_glance_get_stores (glance, NULL, &error);
  fuzz_check_result (stores != NULL, error);
  image = vg_glance_get_image (glance, "1", NULL, &none);
  fuzz_check_result (image != NULL, none);
  images = vg_glance_list_images (glance, filters, NULL, &unlisted);
  fuzz_check_result (images != NULL, unlisted);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_auto (GStrv) parts = fuzz_split (data, size);

  if (config == NULL)
    config = fuzz_serve ();
  fuzz_set_replies (parts);
  ask ();
  fuzz_set_replies (NULL);
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Glance's answers: an image's record, the stores, and after a line "%%" the
 * stores' details. */
#include "fuzz/fuzz.h"
#include "inventory/stores.h"

static void
check_record (const char *text, VgStores *stores)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgImageRecord) record = NULL;
  g_autoptr (VgJson) json = vg_json_parse (text, -1, NULL);

  if (json == NULL)
    return;
  record = vg_image_record_parse (json, "show an image", &error);
  fuzz_check_result (record != NULL, error);
  if (record == NULL)
    return;
  g_assert_nonnull (record->id);
  if (stores != NULL)
    vg_stores_learn_from_image (stores, record);
}

static void
check_stores (const VgStores *stores)
{
  const VgStore *standard = vg_stores_get_default (stores);

  g_assert_true (standard == NULL || standard->is_default);
  for (guint i = 0; i < stores->list->len; i++) {
    const VgStore *store = stores->list->pdata[i];
    g_autofree char *shown = vg_store_describe (store->id);

    g_assert_nonnull (shown);
    g_assert_nonnull (vg_stores_find (stores, store->id));
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_auto (GStrv) parts = fuzz_split (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgStores) stores = NULL;

  if (parts[0] == NULL)
    return 0;
  stores = vg_stores_parse (parts[0], parts[1], &error);
  fuzz_check_result (stores != NULL, error);
  for (char **part = parts; *part != NULL; part++)
    check_record (*part, stores);
  if (stores != NULL)
    check_stores (stores);
  return 0;
}

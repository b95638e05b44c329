/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What qemu-img tells of a layer, whose header a guest may have written. */
#include <string.h>

#include "disk/layers.h"
#include "fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (VgJson) header = fuzz_parse_json (data, size);
  g_autoptr (VgSource) named = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ok;

  if (header == NULL)
    return 0;
  ok = vg_chain_find_named (header, "/disks/top.qcow2", &named, &error);
  fuzz_check_result (ok, error);
  g_assert_true (ok || named == NULL);
  if (named == NULL)
    return 0;
  g_assert_cmpint (named->type, ==, VG_SOURCE_FILE);
  g_assert_true (g_path_is_absolute (named->path));
  g_assert_cmpstr (named->format, !=, "vmdk");
  g_assert_null (named->backing);
  g_assert_false (named->backing_known);
  return 0;
}

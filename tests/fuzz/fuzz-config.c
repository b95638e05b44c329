/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration file. */
#include "fuzz/fuzz.h"
#include "util/config.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *path = fuzz_write ("virt-glance.conf", data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgConfig) config = vg_config_load (path, &error);

  fuzz_check_result (config != NULL, error);
  if (config != NULL) {
    g_assert_nonnull (config->state_path);
    g_assert_cmpuint (config->workers, >, 0);
  }
  return 0;
}

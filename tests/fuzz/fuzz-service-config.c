/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An OpenStack service's configuration, and the credentials that come of it. */
#include "fuzz/fuzz.h"
#include "glance/credentials.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *path = fuzz_write ("nova.conf", data, size);
  g_autoptr (VgConfig) config = vg_config_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (VgCredentials) credentials = NULL;

  config->auth_from = g_strconcat (path, ":service_user", NULL);
  credentials = vg_credentials_load (config, &error);
  fuzz_check_result (credentials != NULL, error);
  return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clouds.yaml, and with a line "%%" secure.yaml after it; then the credentials
 * that come of it. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "glance/clouds.h"
#include "glance/credentials.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_auto (GStrv) parts = fuzz_split (data, size);
  const char *secure = parts[0] != NULL && parts[1] != NULL ? parts[1] : "";
  const char *clouds = parts[0] != NULL ? parts[0] : "";
  g_autofree char *path =
      fuzz_write ("clouds.yaml", (const uint8_t *) clouds, strlen (clouds));
  g_autofree char *other =
      fuzz_write ("secure.yaml", (const uint8_t *) secure, strlen (secure));
  g_autoptr (VgConfig) config = vg_config_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (VgCredentials) credentials = NULL;

  g_setenv ("OS_CLIENT_CONFIG_FILE", path, TRUE);
  g_setenv ("OS_CLIENT_SECURE_FILE", other, TRUE);
  g_setenv ("OS_CLOUD", "devstack", TRUE);
  credentials = vg_credentials_load (config, &error);
  fuzz_check_result (credentials != NULL, error);
  return 0;
}

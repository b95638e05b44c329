/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keystone's answer to a request for a token. */
#include "fuzz/fuzz.h"
#include "glance/keystone.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static char *interfaces[] = { (char *) "internal", (char *) "public", NULL };
  const VgCredentials credentials = { .interfaces = interfaces,
                                      .region_name = (char *) "RegionOne" };
  const VgCredentials anywhere = { .interfaces = interfaces };
  g_autoptr (VgJson) json = fuzz_parse_json (data, size);
  g_autoptr (GError) error = NULL, other = NULL;
  g_autofree char *endpoint = NULL, *second = NULL;

  if (json == NULL)
    return 0;
  g_assert_cmpint (vg_keystone_lifetime (json), >=, -1);
  vg_keystone_project_id (json);
  endpoint = vg_keystone_find_endpoint (json, &credentials, &error);
  fuzz_check_result (endpoint != NULL, error);
  second = vg_keystone_find_endpoint (json, &anywhere, &other);
  fuzz_check_result (second != NULL, other);
  return 0;
}

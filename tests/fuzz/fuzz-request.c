/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request in a domain's metadata: read, written as JSON and read again, it is
 * the same. */
#include "fuzz/fuzz.h"
#include "request/metadata.h"
#include "request/request-json.h"

static void
check_json (const VgRequest *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VgJson) json = vg_request_to_json (request);
  g_autoptr (VgRequest) again = vg_request_from_json (json, &error);
  g_autoptr (VgJson) twice = NULL;
  g_autofree char *text = vg_json_to_text (json, FALSE);
  g_autofree char *second = NULL;

  g_assert_no_error (error);
  twice = vg_request_to_json (again);
  second = vg_json_to_text (twice, FALSE);
  g_assert_cmpstr (text, ==, second);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *xml = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (VgRequest) request = vg_request_parse (xml, &error);

  fuzz_check_result (request != NULL, error);
  if (request != NULL)
    check_json (request);
  return 0;
}

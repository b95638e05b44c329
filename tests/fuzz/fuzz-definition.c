/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The value of an image's property: a definition that is packed, or an error.
 */
#include "job/definition.h"

#include <string.h>

#include "domain/error.h"
#include "fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *value = g_strndup ((const char *) data, size);
  g_autofree char *xml = vg_definition_unpack (value, &error);
  g_autofree char *packed = NULL, *again = NULL;

  fuzz_check_result (xml != NULL, error);
  if (xml == NULL) {
    g_assert_true (
        g_error_matches (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML));
    return 0;
  }
  g_assert_true (g_utf8_validate (xml, -1, NULL));
  packed = vg_definition_pack (xml);
  if (packed != NULL)
    again = vg_definition_unpack (packed, NULL);
  g_assert_true (packed == NULL || g_strcmp0 (again, xml) == 0);
  return 0;
}

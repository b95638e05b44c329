/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The XML of a host's capabilities. */
#include "fuzz/fuzz.h"
#include "host/capabilities.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *xml = g_strndup ((const char *) data, size);
  g_autofree char *label = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ok = vg_capabilities_find_base_label (xml, &label, &error);

  g_assert_true (ok == (error == NULL));
  g_assert_true (label == NULL || (ok && *label != '\0'));
  return 0;
}

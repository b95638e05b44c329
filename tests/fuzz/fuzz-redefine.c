/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A definition that somebody kept in Glance: of what is let through nothing is
 * left out the second time. */
#include "domain/redefine.h"

#include "fuzz/fuzz.h"

static const VgNewSource sources[] = {
  { "vda", "/new/disk.qcow2", "qcow2" },
};

static char *
redefine (const char *xml, GPtrArray *left_out, GError **error)
{
  const VgRedefinition wanted = {
    .xml = xml, .job = "0a1b2c3d", .sources = sources, .n_sources = 1
  };

  return vg_redefine (&wanted, left_out, error);
}

static void
check_again (const char *xml)
{
  g_autoptr (GPtrArray) left_out = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autofree char *again = redefine (xml, left_out, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (left_out->len, ==, 0);
  g_assert_nonnull (again);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GPtrArray) left_out = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *xml = redefine (text, left_out, &error);

  fuzz_check_result (xml != NULL, error);
  for (guint i = 0; i < left_out->len; i++)
    g_assert_true (g_utf8_validate (left_out->pdata[i], -1, NULL));
  if (xml != NULL)
    check_again (xml);
  return 0;
}

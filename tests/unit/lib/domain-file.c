/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the files of tests/data/domain for the unit tests. */
#include "lib/domain-file.h"

char *
domain_file_load (const char *file, gsize *length)
{
  g_autofree char *name = g_strconcat (file, ".xml", NULL);
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "data", "domain", name, NULL);
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, length, &error);
  g_assert_no_error (error);
  return text;
}

VgDomain *
domain_file_parse (const char *file)
{
  gsize length;
  g_autofree char *text = domain_file_load (file, &length);
  g_autoptr (GError) error = NULL;
  VgDomain *domain = vg_domain_parse (text, (gssize) length, &error);

  g_assert_no_error (error);
  g_assert_nonnull (domain);
  return domain;
}

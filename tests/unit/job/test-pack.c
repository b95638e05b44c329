/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A definition as a property's value, and back. */
#include "job/definition.h"

#include <string.h>

static void
test_back (void)
{
  static const char xml[] = "<domain><name>d\303\274rer \360\237\220\207"
                            "</name></domain>";
  g_autoptr (GError) error = NULL;
  g_autofree char *value = vg_definition_pack (xml);
  g_autofree char *back = vg_definition_unpack (value, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (back, ==, xml);
  /* Glance's MySQL takes three bytes a character. */
  g_assert_true (g_str_is_ascii (value));
}

/* Random bytes don't get smaller. */
static void
test_long (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *fits = NULL, *none = NULL;

  for (guint i = 0; i < 12000; i++)
    g_string_append_c (text, (char) g_rand_int_range (rand, 'A', 'z'));
  fits = vg_definition_pack (text->str);
  g_assert_nonnull (fits);
  g_assert_cmpuint (strlen (fits), <=, VG_DEFINITION_MAX);
  g_string_append (text, text->str);
  for (guint i = 0; i < 12000; i++)
    g_string_append_c (text, (char) g_rand_int_range (rand, 'A', 'z'));
  none = vg_definition_pack (text->str);
  g_assert_null (none);
}

static void
test_wrong (void)
{
  g_autofree char *bomb = g_strnfill (8 << 20, ' ');
  g_autofree char *packed = vg_definition_pack (bomb);
  g_autofree char *cut = vg_definition_pack ("<domain>words and words");
  const char *const cases[] = {
    "", "1:", "2:eJwDAAAAAAE=", "1:AAAA", "1:%%%%", "<domain/>", packed, cut,
  };

  g_assert_nonnull (packed);
  cut[strlen (cut) / 2] = '\0';
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (vg_definition_unpack (cases[i], &error));
    g_assert_error (error, VG_DOMAIN_ERROR, VG_DOMAIN_ERROR_XML);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pack/back", test_back);
  g_test_add_func ("/pack/long", test_long);
  g_test_add_func ("/pack/wrong", test_wrong);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Single values of a request: names, tags, properties. */
#include "request/check.h"

#include <string.h>

#include "request/error.h"

static void
assert_name (const char *name, const char *why)
{
  g_autoptr (GError) error = NULL;
  gboolean good = vg_request_check_name (name, &error);

  g_assert_cmpint (good, ==, why == NULL);
  if (why == NULL) {
    g_assert_no_error (error);
    return;
  }
  g_assert_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID);
  if (strstr (error->message, why) == NULL)
    g_error ("expected '%s' in: %s", why, error->message);
  g_assert_null (strchr (error->message, '\n'));
  g_assert_null (strchr (error->message, '\033'));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

static void
test_names (void)
{
  g_autoptr (GString) name = g_string_new (NULL);

  assert_name ("a", NULL);
  assert_name ("it's a \"name\"; $(reboot) `id` <b> & \\ 100 %", NULL);
  assert_name (" spaces around ", NULL);
  assert_name ("\xc3\xbcn\xc3\xaf"
               "code \xe4\xb8\xad\xe6\x96\x87",
               NULL);
  /* A character newer than GLib's tables, and two joined to one picture. */
  assert_name ("\xf0\x9f\xab\xa8 \xf3\xa0\x80\x80", NULL);
  assert_name ("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", NULL);
  for (guint i = 0; i < 255; i++)
    g_string_append (name, "\xe4\xb8\xad");
  assert_name (name->str, NULL);
  g_string_append_c (name, 'x');
  assert_name (name->str, "longer than 255");
}

static void
test_bad_names (void)
{
  assert_name ("", "empty");
  assert_name ("a\nb", "line break");
  assert_name ("a\r", "line break");
  assert_name ("tab\there", "can't be printed");
  assert_name ("\033[31mred", "can't be printed");
  assert_name ("\x7f", "can't be printed");
  assert_name ("\xc2\x9b"
               "31m",
               "can't be printed");
  assert_name ("\xe2\x80\xa8", "can't be printed");
  assert_name ("\xe2\x80\xae"
               "turned",
               "can't be printed");
  assert_name ("\xff", "UTF-8");
  assert_name ("cut \xe4\xb8", "UTF-8");
  assert_name ("\xed\xa0\x80", "UTF-8");
}

static void
test_tags (void)
{
  g_autofree char *just = g_strnfill (255, 't');
  g_autofree char *over = g_strnfill (256, 't');
  g_autoptr (GError) error = NULL;

  g_assert_true (vg_request_check_tag (just, &error));
  g_assert_true (vg_request_check_tag ("\xc3\xbc b", &error));
  g_assert_no_error (error);
  g_assert_false (vg_request_check_tag (over, NULL));
  g_assert_false (vg_request_check_tag ("", NULL));
  g_assert_false (vg_request_check_tag ("a\nb", NULL));
  g_assert_false (vg_request_check_tag ("\xff", &error));
  g_assert_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID);
}

static void
test_bad_properties (void)
{
  g_autofree char *key = g_strnfill (256, 'k');
  g_autofree char *long_key = g_strconcat (key, "=v", NULL);
  const struct {
    const char *property, *text;
  } cases[] = {
    { "", "KEY=VALUE" },
    { "novalue", "KEY=VALUE" },
    { "=value", "KEY=VALUE" },
    { "key=\xff", "UTF-8" },
    { "\xff=value", "UTF-8" },
    { long_key, "255" },
    { "id=x", "keeps that key" },
    { "name=x", "keeps that key" },
    { "status=active", "keeps that key" },
    { "owner=x", "keeps that key" },
    { "visibility=public", "keeps that key" },
    { "disk_format=iso", "keeps that key" },
    { "min_disk=1", "keeps that key" },
    { "os_hash_value=x", "keeps that key" },
    { "os_glance_stage_host=x", "keeps that key" },
    { "location=file:///etc/shadow", "keeps that key" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (vg_request_check_property (cases[i].property, &error));
    g_assert_error (error, VG_REQUEST_ERROR, VG_REQUEST_ERROR_INVALID);
    if (strstr (error->message, cases[i].text) == NULL)
      g_error ("expected '%s' in: %s", cases[i].text, error->message);
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
  }
  g_assert_cmpuint (strlen (key), ==, 256);
}

/* 255 characters, not bytes, are just right. */
static void
test_good_properties (void)
{
  static const char *const good[] = { "os_type=linux",  "empty=",
                                      "equals=a=b=c",   "lines=a\nb",
                                      "with space= x ", "os_glanc=x" };
  g_autoptr (GString) property = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (vg_request_check_property (good[i], &error));
  for (guint i = 0; i < 255; i++)
    g_string_append (property, "\xc3\xa9");
  g_string_append (property, "=v");
  g_assert_true (vg_request_check_property (property->str, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/check/names", test_names);
  g_test_add_func ("/check/bad-names", test_bad_names);
  g_test_add_func ("/check/tags", test_tags);
  g_test_add_func ("/check/bad-properties", test_bad_properties);
  g_test_add_func ("/check/good-properties", test_good_properties);
  return g_test_run ();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON from peers: accepted values, refused values, and getters on values of
 * another type. */
#include "util/json.h"

#include <dlfcn.h>
#include <string.h>

/* The bytes beyond ASCII that json-c was given: version 0.18 takes none. */
static guint n_high;

struct json_object *
json_tokener_parse_ex (struct json_tokener *tokener, const char *text, int n)
{
  struct json_object *(*parse_ex) (struct json_tokener *, const char *, int);

  for (int i = 0; i < n; i++)
    n_high += (guchar) text[i] >= 0x80;
  /* (As dlsym(3) has it, since ISO C knows no such cast.) */
  *(void **) &parse_ex = dlsym (RTLD_NEXT, "json_tokener_parse_ex");
  return parse_ex (tokener, text, n);
}

static VgJson *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  VgJson *json = vg_json_parse (text, -1, &error);

  g_assert_no_error (error);
  g_assert_nonnull (json);
  return json;
}

static void
test_parse (void)
{
  static const char *const texts[] = {
    "{}",   "[]",   "0",       "-1.5",          "true",
    "\"\"", " {} ", "[1,\n2]", "{\"a\": null}", "\"\xc3\xbc\""
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (VgJson) json = parse (texts[i]);
    g_autoptr (VgJson) part = vg_json_parse ("[5]garbage", 3, NULL);

    g_assert_nonnull (part);
  }
}

static void
test_refuse (void)
{
  g_autofree char *deep = g_strnfill (70, '[');
  const char *texts[] = { /* no UTF-8: cut, too long, a surrogate, too large */
                          "\"\xe2\x82\"",
                          "\"\xc0\xaf\"",
                          "\"\xed\xa0\xbd\xed\xb8\x80\"",
                          "\"\xf4\x90\x80\x80\"",
                          "[\"a\"\x80]",
                          "",
                          " ",
                          "{",
                          "[1,]",
                          "{} {}",
                          "null",
                          "nul",
                          "{'a'}",
                          "\"\xff\"",
                          "\"a",
                          "{\"a\"",
                          "[1] tail",
                          "{\"a\":}",
                          deep,
                          "<html>",
                          "{a:1}"
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (VgJson) json = vg_json_parse (texts[i], -1, &error);

    if (json != NULL)
      g_error ("this was taken: %s", texts[i]);
    g_assert_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE);
  }
}

/* In strings and keys, from 2 to 4 bytes long, beside what is escaped already.
 */
static void
test_beyond_ascii (void)
{
  g_autoptr (VgJson) json =
      parse ("{\"\xc3\xbc\": \"a\xe2\x82\xac\\u00e9\\\\\xf0\x9f\x98\x80z\"}");
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (n_high, ==, 0);
  g_assert_cmpstr (vg_json_get_string (json, "\xc3\xbc"), ==,
                   "a\xe2\x82\xac\xc3\xa9\\\xf0\x9f\x98\x80z");
  /* An escape that is none doesn't become one. */
  g_assert_null (vg_json_parse ("\"\\\xc3\xbc\"", -1, &error));
  g_assert_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE);
  g_clear_error (&error);
  g_assert_null (vg_json_parse ("[\xc3\xbc]", -1, &error));
  g_assert_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE);
}

/* Around the borders of what takes one escape, or a pair of them. */
static void
test_pairs (void)
{
  static const struct {
    const char *json, *text;
  } cases[] = {
    { "\"\xc2\x80\"", "\xc2\x80" },
    { "\"\xed\x9f\xbf\xee\x80\x80\"", "\xed\x9f\xbf\xee\x80\x80" },
    { "\"\xef\xbf\xbf\"", "\xef\xbf\xbf" },
    { "\"\xf0\x90\x80\x80\"", "\xf0\x90\x80\x80" },
    { "\"\xf4\x8f\xbf\xbf\"", "\xf4\x8f\xbf\xbf" },
    { "\"\\ud83d\\ude00 \xf0\x9f\x98\x80\"",
      "\xf0\x9f\x98\x80 \xf0\x9f\x98\x80" },
    { "\"\\\\\xc3\xbc\"", "\\\xc3\xbc" },
    /* One half of a pair is no character. */
    { "\"\\ud83d\xc3\xbc\"", "\xef\xbf\xbd\xc3\xbc" },
  };

  n_high = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (VgJson) json = parse (cases[i].json);

    g_assert_cmpstr (json_object_get_string (json), ==, cases[i].text);
  }
  g_assert_cmpuint (n_high, ==, 0);
}

static void
test_getters (void)
{
  g_autoptr (VgJson) json = parse (
      "{\"s\": \"text\", \"n\": 7, \"b\": true, \"a\": [1], \"z\": null,"
      "\"t\": \"True\", \"f\": \"false\", \"r\": 7.5, \"o\": {\"s\": \"in\"}}");

  g_assert_cmpstr (vg_json_get_string (json, "s"), ==, "text");
  g_assert_cmpstr (vg_json_get_string (vg_json_get (json, "o"), "s"), ==, "in");
  g_assert_cmpint (vg_json_get_int (json, "n", 5), ==, 7);
  g_assert_true (vg_json_get_bool (json, "b", FALSE));
  g_assert_true (vg_json_get_bool (json, "t", FALSE));
  g_assert_false (vg_json_get_bool (json, "f", TRUE));
  g_assert_nonnull (vg_json_get_array (json, "a"));

  g_assert_null (vg_json_get_string (json, "n"));
  g_assert_null (vg_json_get_string (json, "z"));
  g_assert_null (vg_json_get_string (json, "none"));
  g_assert_null (vg_json_get_array (json, "o"));
  g_assert_cmpint (vg_json_get_int (json, "s", 5), ==, 5);
  g_assert_cmpint (vg_json_get_int (json, "r", 5), ==, 5);
  g_assert_true (vg_json_get_bool (json, "s", TRUE));
  g_assert_false (vg_json_get_bool (json, "n", FALSE));
}

/* Getters on a value that is no object. */
static void
test_no_object (void)
{
  g_autoptr (VgJson) array = parse ("[{\"s\": \"x\"}]");
  g_autoptr (VgJson) text = parse ("\"s\"");
  VgJson *others[] = { NULL, array, text };

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++) {
    g_assert_null (vg_json_get (others[i], "s"));
    g_assert_null (vg_json_get_string (others[i], "s"));
    g_assert_null (vg_json_get_array (others[i], "s"));
    g_assert_cmpint (vg_json_get_int (others[i], "s", 5), ==, 5);
    g_assert_true (vg_json_get_bool (others[i], "s", TRUE));
  }
}

static void
test_write (void)
{
  g_autoptr (VgJson) json = json_object_new_object ();
  g_autofree char *text = NULL;

  vg_json_set_string (json, "s", "a/b \"c\"\n");
  vg_json_set_string (json, "nothing", NULL);
  vg_json_set_int (json, "n", G_MAXINT64);
  vg_json_set_bool (json, "b", FALSE);
  vg_json_set_take (json, "z", NULL);
  text = vg_json_to_text (json, FALSE);
  g_assert_cmpstr (text, ==,
                   "{\"s\":\"a/b \\\"c\\\"\\n\",\"n\":9223372036854775807,"
                   "\"b\":false,\"z\":null}");
}

/* Written JSON can be read back, whatever bytes a message has. */
static void
test_write_bytes (void)
{
  g_autoptr (VgJson) json = json_object_new_object ();
  g_autoptr (VgJson) back = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  vg_json_set_string (json, "s", "caf\xe9 \xc3\xa9");
  text = vg_json_to_text (json, FALSE);
  back = vg_json_parse (text, -1, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (vg_json_get_string (back, "s"), ==,
                   "caf\xef\xbf\xbd \xc3\xa9");
}

static void
test_file (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vg_json_parse_file ("/nonexistent.json", &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);
  g_assert_null (vg_json_parse_file ("/dev/null", &error));
  g_assert_error (error, VG_JSON_ERROR, VG_JSON_ERROR_PARSE);
  g_assert_nonnull (strstr (error->message, "/dev/null"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/parse", test_parse);
  g_test_add_func ("/json/refuse", test_refuse);
  g_test_add_func ("/json/beyond-ascii", test_beyond_ascii);
  g_test_add_func ("/json/pairs", test_pairs);
  g_test_add_func ("/json/getters", test_getters);
  g_test_add_func ("/json/no-object", test_no_object);
  g_test_add_func ("/json/write", test_write);
  g_test_add_func ("/json/write-bytes", test_write_bytes);
  g_test_add_func ("/json/file", test_file);
  return g_test_run ();
}

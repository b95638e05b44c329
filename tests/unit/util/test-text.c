/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Escaping text for one line, UUIDs, and parsing of sizes. */
#include "util/text.h"

static void
assert_clean (const char *text, gsize max_chars, const char *expected)
{
  g_autofree char *clean = vg_text_clean (text, max_chars);

  g_assert_cmpstr (clean, ==, expected);
  g_assert_true (g_utf8_validate (clean, -1, NULL));
}

static void
test_clean (void)
{
  assert_clean (NULL, 0, "(none)");
  assert_clean ("", 0, "");
  assert_clean ("web 1 \"a\" 'b'", 0, "web 1 \"a\" 'b'");
  assert_clean ("Grüße 日本", 0, "Grüße 日本");
  assert_clean ("a\nb\tc\033[2J\177", 0, "a\\x0ab\\x09c\\x1b[2J\\x7f");
  assert_clean ("\xff\xfe ok \xc3", 0, "\\xff\\xfe ok \\xc3");
  assert_clean ("\xe6\x97", 0, "\\xe6\\x97");
  assert_clean ("\xc0\x80", 0, "\\xc0\\x80");
  assert_clean ("\xed\xa0\x80", 0, "\\xed\\xa0\\x80");
  /* C1 controls, line separators and direction overrides are valid UTF-8. */
  assert_clean ("\xc2\x9b", 0, "\\xc2\\x9b");
  assert_clean ("\xe2\x80\xa8", 0, "\\xe2\\x80\\xa8");
  assert_clean ("\xe2\x80\xae", 0, "\\xe2\\x80\\xae");
}

static void
test_clean_cut (void)
{
  assert_clean ("abcd", 4, "abcd");
  assert_clean ("abcde", 4, "abcd...");
  assert_clean ("äöüß", 3, "äöü...");
  assert_clean ("ab\n", 5, "ab...");
  assert_clean ("ab\n", 6, "ab\\x0a");
}

static void
test_true (void)
{
  static const char *const no[] = {
    NULL, "", "no", "false", "0", "yess", " 1"
  };
  static const char *const yes[] = { "yes", "True", "TRUE", "on", "1", "t" };

  for (gsize i = 0; i < G_N_ELEMENTS (no); i++)
    g_assert_false (vg_text_is_true (no[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (yes); i++)
    g_assert_true (vg_text_is_true (yes[i]));
}

static void
test_boolean (void)
{
  static const struct {
    const char *text;
    gboolean ok, value;
  } cases[] = {
    { "yes", TRUE, TRUE },  { "True", TRUE, TRUE },   { "on", TRUE, TRUE },
    { "1", TRUE, TRUE },    { "NO", TRUE, FALSE },    { "false", TRUE, FALSE },
    { "off", TRUE, FALSE }, { "0", TRUE, FALSE },     { "", FALSE, FALSE },
    { "2", FALSE, FALSE },  { " yes", FALSE, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    gboolean value = !cases[i].value;

    g_test_message ("%s", cases[i].text);
    g_assert_cmpint (vg_text_parse_boolean (cases[i].text, &value), ==,
                     cases[i].ok);
    g_assert_cmpint (value, ==, cases[i].ok ? cases[i].value : !cases[i].value);
  }
}

static void
assert_choices (const char *choices, const char *expected)
{
  g_autofree char *text = vg_text_list_choices (choices);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_choices (void)
{
  assert_choices ("raw", "raw");
  assert_choices ("raw|qcow2", "raw or qcow2");
  assert_choices ("auto|require|never", "auto, require or never");
}

static void
test_find_word (void)
{
  static const char *const words[] = { "a", "bc", "a" };

  g_assert_cmpint (vg_text_find_word (words, 3, "a"), ==, 0);
  g_assert_cmpint (vg_text_find_word (words, 3, "bc"), ==, 1);
  g_assert_cmpint (vg_text_find_word (words, 1, "bc"), ==, -1);
  g_assert_cmpint (vg_text_find_word (words, 3, "b"), ==, -1);
  g_assert_cmpint (vg_text_find_word (words, 3, "A"), ==, -1);
  g_assert_cmpint (vg_text_find_word (words, 3, NULL), ==, -1);
}

static void
test_uuid (void)
{
  g_assert_true (vg_text_is_uuid ("0f7b3b4e-9c5d-4a6b-8e1f-3c2d1e0f9a8b"));
  g_assert_true (vg_text_is_uuid ("0F7B3B4E-9C5D-4A6B-8E1F-3C2D1E0F9A8B"));
  g_assert_false (vg_text_is_uuid (NULL));
  g_assert_false (vg_text_is_uuid (""));
  g_assert_false (vg_text_is_uuid ("0f7b3b4e9c5d4a6b8e1f3c2d1e0f9a8b"));
  g_assert_false (vg_text_is_uuid ("0f7b3b4e-9c5d-4a6b-8e1f-3c2d1e0f9a8"));
  g_assert_false (vg_text_is_uuid ("0f7b3b4e-9c5d-4a6b-8e1f-3c2d1e0f9a8bb"));
  g_assert_false (vg_text_is_uuid ("0f7b3b4e-9c5d-4a6b-8e1f-3c2d1e0f9a8g"));
  g_assert_false (vg_text_is_uuid ("0f7b3b4e-9c5d-4a6b-8e1f-3c2d1e0f9a8b\n"));
}

static void
test_parse_size (void)
{
  static const struct {
    const char *text;
    guint64 bytes;
  } good[] = {
    { "0", 0 },
    { "1", 1 },
    { "007", 7 },
    { "10k", 10240 },
    { "10K", 10240 },
    { "10KiB", 10240 },
    { "10kb", 10240 },
    { "3M", 3 << 20 },
    { "1G", 1 << 30 },
    { "1.5G", 1610612736 },
    { "0.25MiB", 262144 },
    { "2.0", 2 },
    { "16T", G_GUINT64_CONSTANT (17592186044416) },
    { "9223372036854775807", G_MAXINT64 },
    { "8388607T", G_GUINT64_CONSTANT (9223370937343148032) },
  };
  static const char *const bad[] = {
    "",
    " 1",
    "1 ",
    "-1",
    "+1",
    "k",
    ".5G",
    "1.G",
    "1.5",
    "1e3",
    "0x10",
    "1x",
    "1Kx",
    "1KiBs",
    "1 G",
    "9223372036854775808",
    "8388608T",
    "99999999999999999999",
    "8388607.99999999999999999T",
    "1\n",
    "nan",
    "inf",
    "1,5G",
    "１",
  };
  guint64 bytes;

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    g_assert_true (vg_text_parse_size (good[i].text, &bytes));
    g_assert_cmpuint (bytes, ==, good[i].bytes);
  }
  bytes = 42;
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_test_message ("'%s' is no size", bad[i]);
    g_assert_false (vg_text_parse_size (bad[i], &bytes));
  }
  g_assert_false (vg_text_parse_size (NULL, &bytes));
  g_assert_cmpuint (bytes, ==, 42);
}

static void
assert_format (guint64 bytes, const char *expected)
{
  g_autofree char *text = vg_text_format_size (bytes);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_format_size (void)
{
  assert_format (0, "0 bytes");
  assert_format (1023, "1023 bytes");
  assert_format (1024, "1.0 KiB");
  assert_format (G_GUINT64_CONSTANT (1288490189), "1.2 GiB");
  assert_format (G_GUINT64_CONSTANT (16) << 40, "16.0 TiB");
}

static void
test_gib (void)
{
  guint64 gib = G_GUINT64_CONSTANT (1) << 30;

  g_assert_cmpuint (vg_text_gib (0), ==, 0);
  g_assert_cmpuint (vg_text_gib (1), ==, 1);
  g_assert_cmpuint (vg_text_gib (gib), ==, 1);
  g_assert_cmpuint (vg_text_gib (gib + 1), ==, 2);
  g_assert_cmpuint (vg_text_gib (G_MAXUINT64), ==, gib * 16);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text/clean", test_clean);
  g_test_add_func ("/text/clean-cut", test_clean_cut);
  g_test_add_func ("/text/true", test_true);
  g_test_add_func ("/text/boolean", test_boolean);
  g_test_add_func ("/text/choices", test_choices);
  g_test_add_func ("/text/find-word", test_find_word);
  g_test_add_func ("/text/uuid", test_uuid);
  g_test_add_func ("/text/parse-size", test_parse_size);
  g_test_add_func ("/text/format-size", test_format_size);
  g_test_add_func ("/text/gib", test_gib);
  return g_test_run ();
}

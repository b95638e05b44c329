/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Escapes untrusted text; parses and formats sizes and UUIDs. */
#include "util/text.h"

#include <string.h>

/* Characters that break a line, move the cursor, or change the text
 * direction. */
static gboolean
is_unsafe (gunichar c)
{
  switch (g_unichar_type (c)) {
  case G_UNICODE_CONTROL:
  case G_UNICODE_LINE_SEPARATOR:
  case G_UNICODE_PARAGRAPH_SEPARATOR:
    return TRUE;
  default:
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  }
}

/* Appends the first character of text to out, escaped if necessary. Sets
 * *n_chars to the number of characters appended. Returns the rest of text. */
static const char *
append_clean (GString *out, const char *text, gsize *n_chars)
{
  gunichar c = g_utf8_get_char_validated (text, -1);
  gboolean valid = c != (gunichar) -1 && c != (gunichar) -2;
  const char *end = valid ? g_utf8_next_char (text) : text + 1;

  if (valid && !is_unsafe (c)) {
    g_string_append_len (out, text, end - text);
    *n_chars = 1;
    return end;
  }
  *n_chars = 0;
  for (; text < end; text++, *n_chars += 4)
    g_string_append_printf (out, "\\x%02x", (guchar) *text);
  return end;
}

char *
vg_text_clean (const char *text, gsize max_chars)
{
  GString *out;
  gsize total = 0;

  if (text == NULL)
    return g_strdup ("(none)");

  out = g_string_new (NULL);
  while (*text != '\0') {
    gsize before = out->len;
    gsize n_chars;

    text = append_clean (out, text, &n_chars);
    total += n_chars;
    if (max_chars > 0 && total > max_chars) {
      g_string_truncate (out, before);
      g_string_append (out, "...");
      break;
    }
  }
  return g_string_free (out, FALSE);
}

int
vg_text_find_word (const char *const *words, gsize n, const char *word)
{
  for (gsize i = 0; i < n; i++)
    if (g_strcmp0 (word, words[i]) == 0)
      return (int) i;
  return -1;
}

guint
vg_text_find_line (const char *text, const char *place)
{
  guint line = 1;

  for (; text < place; text++)
    line += *text == '\n';
  return line;
}

gboolean
vg_text_is_uuid (const char *text)
{
  return text != NULL && g_uuid_string_is_valid (text);
}

gboolean
vg_text_is_true (const char *text)
{
  static const char *const words[] = { "true", "yes", "on", "1", "t", "y" };

  for (guint i = 0; text != NULL && i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (text, words[i]) == 0)
      return TRUE;
  return FALSE;
}

gboolean
vg_text_parse_boolean (const char *text, gboolean *value)
{
  static const char *const yes[] = { "true", "yes", "on", "1", NULL };
  static const char *const no[] = { "false", "no", "off", "0", NULL };
  g_autofree char *lower = g_ascii_strdown (text, -1);
  gboolean is_yes = g_strv_contains (yes, lower);

  if (!is_yes && !g_strv_contains (no, lower))
    return FALSE;
  *value = is_yes;
  return TRUE;
}

char *
vg_text_list_choices (const char *choices)
{
  GString *text = g_string_new (choices);
  char *last = strrchr (text->str, '|');

  if (last != NULL) {
    gssize at = last - text->str;

    g_string_erase (text, at, 1);
    g_string_insert (text, at, " or ");
  }
  g_string_replace (text, "|", ", ", 0);
  return g_string_free (text, FALSE);
}

/* The power of two denoted by a size suffix, or -1. */
static int
suffix_shift (const char *suffix)
{
  static const char letters[] = "KMGT";
  const char *letter;

  if (*suffix == '\0')
    return 0;
  letter = strchr (letters, g_ascii_toupper (*suffix));
  if (letter == NULL)
    return -1;
  suffix++;
  if (*suffix != '\0' && g_ascii_strcasecmp (suffix, "B") != 0
      && g_ascii_strcasecmp (suffix, "iB") != 0)
    return -1;
  return 10 * (int) (letter - letters + 1);
}

gboolean
vg_text_parse_size (const char *text, guint64 *bytes)
{
  guint64 whole, part = 0;
  double fraction = 0;
  char *end;
  int shift;

  if (text == NULL || !g_ascii_isdigit (*text))
    return FALSE;
  whole = g_ascii_strtoull (text, &end, 10);
  if (*end == '.') {
    gsize n_digits = strspn (end + 1, "0123456789");
    g_autofree char *digits =
        g_strdup_printf ("0.%.*s", (int) n_digits, end + 1);

    if (n_digits == 0)
      return FALSE;
    fraction = g_ascii_strtod (digits, NULL);
    end += 1 + n_digits;
  }

  shift = suffix_shift (end);
  if (shift < 0 || (shift == 0 && fraction > 0))
    return FALSE;
  part = (guint64) (fraction * (double) (G_GUINT64_CONSTANT (1) << shift));
  if (whole > ((guint64) G_MAXINT64 - part) >> shift)
    return FALSE;
  *bytes = (whole << shift) + part;
  return TRUE;
}

char *
vg_text_format_size (guint64 bytes)
{
  g_autofree char *size = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
  g_auto (GStrv) parts = g_strsplit (size, "\302\240", -1);

  /* GLib puts a no-break space before the unit. */
  return g_strjoinv (" ", parts);
}

guint64
vg_text_gib (guint64 bytes)
{
  guint64 gib = G_GUINT64_CONSTANT (1) << 30;

  return bytes / gib + (bytes % gib != 0 ? 1 : 0);
}

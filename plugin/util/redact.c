/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text is unescaped, one kind of escapes at a time, and each byte knows
 * which part of the original it stands for. Kinds aren't mixed in one pass: a
 * backslash of JSON may be followed by a percent sign of the secret itself. */
#include "util/redact.h"

#include <stdlib.h>
#include <string.h>

#include "util/redact-parts.h"

#define MIN_PART 8
#define MAX_DEPTH 3
#define MAX_ENCODED 1 /* the depth of an encoded word */

typedef struct {
  const char *const *secrets;
  GPtrArray *parts; /* of VgRedactParts: theirs */
  guint8 *hidden;   /* for each byte of the original */
} Hunt;

/* Appends the character at items[i] if it is the beginning of an escape of that
 * kind. Returns the number of items read, or 0. */
typedef guint (*Unescape) (const VgRedactItem *items, gsize left, GArray *out);

static void
append_byte (GArray *out, guint byte, const VgRedactItem *first,
             const VgRedactItem *last)
{
  VgRedactItem item = { (guint8) byte, first->start, last->end };

  g_array_append_val (out, item);
}

static void
append_character (GArray *out, gunichar c, const VgRedactItem *first,
                  const VgRedactItem *last)
{
  char bytes[6];
  int n = c < 0x110000 ? g_unichar_to_utf8 (c, bytes) : 0;

  for (int i = 0; i < n; i++)
    append_byte (out, (guint8) bytes[i], first, last);
}

/* Reads up to max digits. Returns their number. */
static guint
read_digits (const VgRedactItem *items, gsize left, guint max, guint base,
             guint32 *value)
{
  guint n = 0;

  for (*value = 0; n < max && n < left; n++) {
    char c = (char) items[n].byte;
    int digit = g_ascii_xdigit_value (c);

    if (digit < 0 || digit >= (int) base)
      break;
    *value = *value * base + (guint32) digit;
  }
  return n;
}

/* %41, and =41 of quoted-printable text; %u0041. */
static guint
unescape_percent (const VgRedactItem *items, gsize left, GArray *out)
{
  guint32 value;

  if (left > 5 && items[0].byte == '%' && items[1].byte == 'u'
      && read_digits (items + 2, left - 2, 4, 16, &value) == 4) {
    append_character (out, value, items, items + 5);
    return 6;
  }
  if ((items[0].byte != '%' && items[0].byte != '=')
      || read_digits (items + 1, left - 1, 2, 16, &value) != 2)
    return 0;
  append_byte (out, value, items, items + 2);
  return 3;
}

/* &#65; &#x41; */
static guint
unescape_number (const VgRedactItem *items, gsize left, GArray *out)
{
  gboolean hex = left > 2 && (items[2].byte | 0x20) == 'x';
  guint start = hex ? 3 : 2;
  guint32 value;
  guint n;

  while (start + 1 < left && items[start].byte == '0')
    start++;
  if (left <= start)
    return 0;
  n = read_digits (items + start, left - start, hex ? 8 : 9, hex ? 16 : 10,
                   &value);
  if (n == 0)
    return 0;
  n += start;
  if (n < left && items[n].byte == ';')
    n++;
  append_character (out, value, items, items + n - 1);
  return n;
}

static guint
unescape_entity (const VgRedactItem *items, gsize left, GArray *out)
{
  static const struct {
    const char *name;
    char byte;
  } names[] = { { "lt;", '<' },   { "gt;", '>' },    { "amp;", '&' },
                { "quot;", '"' }, { "apos;", '\'' }, { "nbsp;", ' ' } };

  if (items[0].byte != '&' || left < 2)
    return 0;
  if (items[1].byte == '#')
    return unescape_number (items, left, out);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    guint n = 0;

    while (names[i].name[n] != '\0' && n + 1 < left
           && items[n + 1].byte == (guint8) names[i].name[n])
      n++;
    if (names[i].name[n] != '\0')
      continue;
    append_byte (out, (guint8) names[i].byte, items, items + n);
    return n + 1;
  }
  return 0;
}

/* \uD83D\uDE00 is one character; \u{1f600} is the same one. */
static guint
unescape_unicode (const VgRedactItem *items, gsize left, GArray *out)
{
  guint32 value, low;
  guint n;

  if (left > 2 && items[2].byte == '{') {
    n = read_digits (items + 3, left - 3, 6, 16, &value);
    if (n == 0 || n + 3 >= left || items[n + 3].byte != '}')
      return 0;
    append_character (out, value, items, items + n + 3);
    return n + 4;
  }
  if (read_digits (items + 2, left - 2, 4, 16, &value) != 4)
    return 0;
  if (value >= 0xd800 && value < 0xdc00 && left >= 12 && items[6].byte == '\\'
      && items[7].byte == 'u'
      && read_digits (items + 8, left - 8, 4, 16, &low) == 4) {
    append_character (out, 0x10000 + ((value & 0x3ff) << 10) + (low & 0x3ff),
                      items, items + 11);
    return 12;
  }
  append_character (out, value, items, items + 5);
  return 6;
}

/* JSON, C and Python. */
static guint
unescape_backslash (const VgRedactItem *items, gsize left, GArray *out)
{
  static const char letters[] = "ntrbf", bytes[] = "\n\t\r\b\f";
  const char *letter;
  guint32 value;
  char c;

  if (items[0].byte != '\\' || left < 2)
    return 0;
  c = (char) items[1].byte;
  if (c == 'u')
    return unescape_unicode (items, left, out);
  if (c == 'U' && read_digits (items + 2, left - 2, 8, 16, &value) == 8) {
    append_character (out, value, items, items + 9);
    return 10;
  }
  if (c == 'x' && read_digits (items + 2, left - 2, 2, 16, &value) == 2) {
    append_byte (out, value, items, items + 3);
    return 4;
  }
  if (read_digits (items + 1, left - 1, 3, 8, &value) == 3) {
    append_byte (out, value & 0xff, items, items + 3);
    return 4;
  }
  letter = c != '\0' ? strchr (letters, c) : NULL;
  append_byte (out,
               letter != NULL ? (guint8) bytes[letter - letters] : (guint8) c,
               items, items + 1);
  return 2;
}

/* Characters that break a text up: line breaks and other control characters, a
 * terminal's sequences such as "\e[1m", and characters without a width. */
static guint
drop_break (const VgRedactItem *items, gsize left, GArray *out G_GNUC_UNUSED)
{
  static const char *const invisible[] = { "\xc2\xad",     "\xe2\x80\x8b",
                                           "\xe2\x80\x8c", "\xe2\x80\x8d",
                                           "\xe2\x81\xa0", "\xef\xbb\xbf" };
  guint n = 2;

  if (items[0].byte == 0x1b && left > 2 && items[1].byte == '[') {
    while (n < left && items[n].byte >= 0x20 && items[n].byte < 0x40)
      n++;
    return (guint) MIN (n + 1, left);
  }
  if (items[0].byte <= ' ' || items[0].byte == 0x7f)
    return 1;
  for (gsize i = 0; i < G_N_ELEMENTS (invisible); i++) {
    const char *c = invisible[i];

    for (n = 0; n < left && c[n] != '\0' && items[n].byte == (guint8) c[n];)
      n++;
    if (c[n] == '\0')
      return n;
  }
  return 0;
}

static const Unescape kinds[] = { unescape_percent, unescape_entity,
                                  unescape_backslash, drop_break };

/* Encodings of whole words, base64 (of URLs, too) and hexadecimal digits. */

typedef int (*Digit) (guint8 c);

static int
get_base64 (guint8 c)
{
  if (g_ascii_isupper (c))
    return c - 'A';
  if (g_ascii_islower (c))
    return c - 'a' + 26;
  if (g_ascii_isdigit (c))
    return c - '0' + 52;
  if (c == '+' || c == '-')
    return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

static int
get_hex (guint8 c)
{
  return g_ascii_xdigit_value ((char) c);
}

static const struct {
  Digit digit;
  guint bits;   /* of a digit */
  guint phases; /* places where the first digit of a byte may be */
} encodings[] = { { get_base64, 6, 4 }, { get_hex, 4, 2 } };

/* Decodes all words; of each, the first digits are skipped. */
static GArray *
decode (guint kind, guint skip, const GArray *from)
{
  const VgRedactItem *items = (const VgRedactItem *) (gconstpointer) from->data;
  GArray *out =
      g_array_sized_new (FALSE, FALSE, sizeof (VgRedactItem), from->len);
  guint bits = encodings[kind].bits, at = 0, n_bits = 0, value = 0;

  for (gsize i = 0; i < from->len; i++) {
    int digit = encodings[kind].digit (items[i].byte);

    if (digit < 0) {
      at = n_bits = 0;
      g_array_append_val (out, items[i]);
      continue;
    }
    if (at++ < skip)
      continue;
    value = value << bits | (guint) digit;
    n_bits += bits;
    if (n_bits < 8)
      continue;
    n_bits -= 8;
    append_byte (out, value >> n_bits & 0xff, &items[i - 1], &items[i]);
  }
  return out;
}

/* How many bytes of secret are at items. URLs may have a plus sign for a
 * space. */
static gsize
match (const char *secret, const VgRedactItem *items, gsize left)
{
  gsize n = 0;

  while (n < left && secret[n] != '\0'
         && (items[n].byte == (guint8) secret[n]
             || (secret[n] == ' ' && items[n].byte == '+')))
    n++;
  return n;
}

static void
hide_secret (const Hunt *hunt, const char *secret, const VgRedactItem *items,
             gsize n)
{
  gsize length = strlen (secret);

  if (length < VG_REDACT_MIN)
    return;
  for (gsize i = 0; i < n; i++) {
    gsize got = match (secret, items + i, n - i);

    if (got == length || got >= MIN_PART
        || (got >= VG_REDACT_MIN && i + got == n))
      memset (hunt->hidden + items[i].start, 1,
              items[i + got - 1].end - items[i].start);
  }
}

static GArray *
unescape (Unescape kind, const GArray *from)
{
  const VgRedactItem *items = (const VgRedactItem *) (gconstpointer) from->data;
  GArray *out =
      g_array_sized_new (FALSE, FALSE, sizeof (VgRedactItem), from->len);

  for (gsize i = 0; i < from->len;) {
    guint n = kind (items + i, from->len - i, out);

    if (n == 0)
      g_array_append_val (out, items[i]);
    i += MAX (n, 1);
  }
  return out;
}

/* whole: the text's words are as they were. */
static void
hide_in (const Hunt *hunt, const GArray *items, gboolean whole)
{
  const VgRedactItem *all = (const VgRedactItem *) (gconstpointer) items->data;

  for (guint i = 0; i < hunt->parts->len; i++) {
    hide_secret (hunt, hunt->secrets[i], all, items->len);
    vg_redact_parts_hide (hunt->parts->pdata[i], all, items->len, whole,
                          hunt->hidden);
  }
}

static void
hide_encoded (const Hunt *hunt, const GArray *items)
{
  for (guint kind = 0; kind < G_N_ELEMENTS (encodings); kind++)
    for (guint skip = 0; skip < encodings[kind].phases; skip++) {
      g_autoptr (GArray) inner = decode (kind, skip, items);

      hide_in (hunt, inner, FALSE);
    }
}

static void
hide_all (const Hunt *hunt, const GArray *items, gboolean whole, guint depth)
{
  hide_in (hunt, items, whole);
  if (depth <= MAX_ENCODED)
    hide_encoded (hunt, items);
  if (depth == MAX_DEPTH)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autoptr (GArray) inner = unescape (kinds[i], items);

    if (inner->len < items->len)
      hide_all (hunt, inner, whole && kinds[i] != drop_break, depth + 1);
  }
}

static GArray *
split_bytes (const char *text, gsize length)
{
  GArray *items =
      g_array_sized_new (FALSE, FALSE, sizeof (VgRedactItem), (guint) length);

  for (gsize i = 0; i < length; i++) {
    VgRedactItem item = { (guint8) text[i], i, i + 1 };

    g_array_append_val (items, item);
  }
  return items;
}

static GPtrArray *
prepare (const char *const *secrets)
{
  GPtrArray *parts =
      g_ptr_array_new_with_free_func ((GDestroyNotify) vg_redact_parts_free);

  for (; secrets != NULL && *secrets != NULL; secrets++)
    g_ptr_array_add (parts, vg_redact_parts_new (*secrets));
  return parts;
}

char *
vg_redact (const char *text, const char *const *secrets)
{
  gsize length = strlen (text);
  g_autofree guint8 *hidden = g_malloc0 (length + 1);
  g_autoptr (GArray) items = NULL;
  g_autoptr (GPtrArray) parts = prepare (secrets);
  Hunt hunt = { secrets, parts, hidden };
  GString *out = g_string_sized_new (length);

  if (parts->len > 0) {
    items = split_bytes (text, length);
    hide_all (&hunt, items, TRUE, 0);
  }
  for (gsize i = 0; i < length; i++)
    if (!hidden[i])
      g_string_append_c (out, text[i]);
    else if (i == 0 || !hidden[i - 1])
      g_string_append (out, "***");
  return g_string_free (out, FALSE);
}

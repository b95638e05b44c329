/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each 8 bytes of the text are looked up in a table of those of the secret. */
#include "util/redact-parts.h"

#include <string.h>

#define PART 8
#define LONG_PART 16
#define FILTER_BITS 15
#define FILTER_SIZE (1 << (FILTER_BITS - 3))

/* Between words, in names and numbers. */
#define SEPARATORS "-_. /:,+"

/* URLs may have a plus sign for a space. */
static guint8
fold (guint8 byte)
{
  return byte == '+' ? ' ' : byte;
}

/* The keys of all its places. */
typedef struct {
  guint64 key; /* 8 bytes, folded */
  gsize offset;
} Place;

struct _VgRedactParts {
  const char *secret;
  gsize length;
  GArray *places;             /* of Place, sorted */
  guint8 filter[FILTER_SIZE]; /* a bit for each key */
};

static gint
compare_places (gconstpointer a, gconstpointer b)
{
  guint64 left = ((const Place *) a)->key, right = ((const Place *) b)->key;

  return left < right ? -1 : left > right;
}

static guint
get_bit (guint64 key)
{
  return (guint) ((key * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15))
                  >> (64 - FILTER_BITS));
}

VgRedactParts *
vg_redact_parts_new (const char *secret)
{
  VgRedactParts *parts = g_new0 (VgRedactParts, 1);
  guint64 key = 0;

  parts->secret = secret;
  parts->length = strlen (secret);
  parts->places = g_array_new (FALSE, FALSE, sizeof (Place));
  for (gsize i = 0; i < parts->length; i++) {
    Place place = { 0, i + 1 - PART };

    place.key = key = key << 8 | fold ((guint8) secret[i]);
    if (i + 1 < PART)
      continue;
    g_array_append_val (parts->places, place);
    parts->filter[get_bit (key) / 8] |= (guint8) (1 << get_bit (key) % 8);
  }
  g_array_sort (parts->places, compare_places);
  return parts;
}

void
vg_redact_parts_free (VgRedactParts *parts)
{
  if (parts->places->len > 0)
    explicit_bzero (parts->places->data, parts->places->len * sizeof (Place));
  g_array_unref (parts->places);
  g_free (parts);
}

/* The number of the first place with that key, or of the next one. */
static guint
find_place (const VgRedactParts *parts, guint64 key)
{
  guint low = 0, high = parts->places->len;

  while (low < high) {
    guint middle = (low + high) / 2;

    if (g_array_index (parts->places, Place, middle).key < key)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static gboolean
is_one_of (guint8 byte, const char *bytes)
{
  return memchr (bytes, byte, strlen (bytes)) != NULL;
}

static void
hide (const VgRedactItem *items, gsize n, guint8 *hidden)
{
  memset (hidden + items[0].start, 1, items[n - 1].end - items[0].start);
}

static gboolean
is_word_byte (guint8 byte)
{
  return g_ascii_isalnum (byte) || byte >= 0x80;
}

/* A word of one case, but for its first letter; or a number. */
static gboolean
is_plain_word (const VgRedactItem *items, gsize n)
{
  gboolean digits = g_ascii_isdigit (items[0].byte);
  gboolean upper = n > 1 && g_ascii_isupper (items[1].byte);

  for (gsize i = 1; i < n; i++)
    if (g_ascii_isdigit (items[i].byte) != digits
        || g_ascii_isupper (items[i].byte) != upper)
      return FALSE;
  return TRUE;
}

/* Whether it reads as words and numbers, which a text may have anyway. */
static gboolean
is_plain (const VgRedactItem *items, gsize n)
{
  for (gsize i = 0; i < n;) {
    gsize end = i;

    while (end < n && is_word_byte (items[end].byte))
      end++;
    if (end == i) {
      if (!is_one_of (items[i++].byte, SEPARATORS))
        return FALSE;
    } else {
      if (!is_plain_word (items + i, end - i))
        return FALSE;
      i = end;
    }
  }
  return TRUE;
}

/* How many bytes are the same, from both on. */
static gsize
count_same (const char *secret, gsize length, const VgRedactItem *items,
            gsize n)
{
  gsize i = 0;

  while (i < length && i < n
         && fold ((guint8) secret[i]) == fold (items[i].byte))
    i++;
  return i;
}

/* Hides the longest part of the secret that begins at the items, with that key.
 */
static void
hide_part (const VgRedactParts *parts, guint64 key, const VgRedactItem *items,
           gsize n, guint8 *hidden)
{
  gsize best = 0;

  for (guint i = find_place (parts, key); i < parts->places->len; i++) {
    const Place *place = &g_array_index (parts->places, Place, i);

    if (place->key != key)
      break;
    best = MAX (best, count_same (parts->secret + place->offset,
                                  parts->length - place->offset, items, n));
  }
  if (best >= LONG_PART || (best >= PART && !is_plain (items, best)))
    hide (items, best, hidden);
}

static void
hide_inner_parts (const VgRedactParts *parts, const VgRedactItem *items,
                  gsize n, guint8 *hidden)
{
  guint64 key = 0;

  for (gsize i = 0; i < n; i++) {
    guint bit;

    key = key << 8 | fold (items[i].byte);
    bit = get_bit (key);
    if (i + 1 >= PART && (parts->filter[bit / 8] >> bit % 8 & 1) != 0)
      hide_part (parts, key, items + i + 1 - PART, n - (i + 1 - PART), hidden);
  }
}

/* Whether a mark of omission ends before items[at]. */
static gboolean
is_omission (const VgRedactItem *items, gsize at)
{
  guint8 last;

  if (at < 3)
    return FALSE;
  last = items[at - 1].byte;
  if (items[at - 3].byte == 0xe2 && items[at - 2].byte == 0x80 && last == 0xa6)
    return TRUE; /* U+2026 */
  return items[at - 2].byte == last && items[at - 3].byte == last
         && is_one_of (last, ".*xX#");
}

/* Hides the secret's end if it is there, and the text goes on with something
 * else than a word. */
static void
hide_end (const char *secret, gsize length, const VgRedactItem *items, gsize n,
          gboolean plain_too, guint8 *hidden)
{
  for (gsize size = MIN (length - 1, n); size >= VG_REDACT_MIN; size--) {
    if (count_same (secret + length - size, size, items, n) < size)
      continue;
    if ((size == n || !is_word_byte (items[size].byte))
        && (plain_too || !is_plain (items, size)))
      hide (items, size, hidden);
    return;
  }
}

void
vg_redact_parts_hide (const VgRedactParts *parts, const VgRedactItem *items,
                      gsize n, gboolean whole, guint8 *hidden)
{
  const char *secret = parts->secret;
  gsize length = parts->length;

  if (length < VG_REDACT_MIN || n < VG_REDACT_MIN)
    return;
  hide_inner_parts (parts, items, n, hidden);
  if (!whole)
    return;
  hide_end (secret, length, items, n, FALSE, hidden);
  for (gsize i = 3; i + VG_REDACT_MIN <= n; i++)
    if (is_omission (items, i))
      hide_end (secret, length, items + i, n - i, TRUE, hidden);
}

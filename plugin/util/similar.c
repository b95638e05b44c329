/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words alike: command names, of which there are few, so no index is needed. */
#include "util/similar.h"

#include <string.h>

#define MAX_LENGTH 32

/* distance[i][j] is that between the first i bytes of a and the first j of b.
 * https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance */
static guint
get_distance (const char *a, gsize a_length, const char *b, gsize b_length)
{
  guint distance[MAX_LENGTH + 1][MAX_LENGTH + 1];

  for (guint i = 0; i <= a_length; i++)
    distance[i][0] = i;
  for (guint j = 0; j <= b_length; j++)
    distance[0][j] = j;
  for (guint i = 1; i <= a_length; i++)
    for (guint j = 1; j <= b_length; j++) {
      guint least = distance[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

      least = MIN (least, distance[i - 1][j] + 1);
      least = MIN (least, distance[i][j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        least = MIN (least, distance[i - 2][j - 2] + 1);
      distance[i][j] = least;
    }
  return distance[a_length][b_length];
}

const char *
vg_similar_find (const char *wrong, const char *const *words, gsize n)
{
  gsize length = strlen (wrong);
  guint least = (guint) length / 3 + 1;
  const char *best = NULL;

  for (gsize i = 0; i < n && length <= MAX_LENGTH; i++) {
    gsize word_length = strlen (words[i]);
    guint distance;

    if (word_length > MAX_LENGTH)
      continue;
    distance = get_distance (wrong, length, words[i], word_length);
    if (distance >= least)
      continue;
    least = distance;
    best = words[i];
  }
  return best;
}

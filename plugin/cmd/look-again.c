/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pauses between two looks at a busy guest. */
#include "cmd/look-again.h"

#define FIRST_S 1
#define MAX_S 30

static void
free_look (gpointer data)
{
  VgLookAgain *look = data;

  g_free (look->domain);
  g_free (look);
}

GHashTable *
vg_look_again_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_look);
}

gboolean
vg_look_again_note (GHashTable *looks, const char *uuid, const char *domain)
{
  VgLookAgain *look = g_hash_table_lookup (looks, uuid);
  gint64 now = g_get_monotonic_time ();
  gboolean first = look == NULL;

  if (first) {
    look = g_new0 (VgLookAgain, 1);
    look->since_us = now;
    look->domain = g_strdup (domain);
    look->pause_s = FIRST_S;
    g_hash_table_insert (looks, g_strdup (uuid), look);
  } else {
    look->pause_s = MIN (2 * look->pause_s, MAX_S);
  }
  look->time_us = now + look->pause_s * G_USEC_PER_SEC;
  return first;
}

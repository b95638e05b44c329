/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A cloud in trouble asks often; its log should stay readable. */
#include "choose/counts.h"

#include "util/text.h"

#define METRIC "virt_glance_choose_decisions_total"

static void
log_trouble (VgCounts *counts, const char *image, const VgAnswer *answer)
{
  gint64 now = g_get_monotonic_time ();
  g_autofree char *more = NULL;
  g_autofree char *why = vg_text_clean (answer->message, VG_TEXT_MESSAGE);

  if (counts->told != 0 && now < counts->told + G_USEC_PER_SEC) {
    counts->untold++;
    return;
  }
  if (counts->untold > 0)
    more = g_strdup_printf (" (and %" G_GUINT64_FORMAT " more like this)",
                            counts->untold);
  counts->told = now;
  counts->untold = 0;
  g_warning ("image %s: %s: %s%s", image != NULL ? image : "(unknown)",
             answer->outcome == VG_OUTCOME_REFUSED
                 ? "the upload is refused"
                 : "the upload goes to Glance's default store",
             why, more != NULL ? more : "");
}

void
vg_counts_add (VgCounts *counts, const char *image, const VgAnswer *answer)
{
  counts->outcomes[answer->outcome]++;
  if (vg_outcome_is_trouble (answer->outcome)
      || answer->outcome == VG_OUTCOME_REFUSED)
    log_trouble (counts, image, answer);
  else if (image != NULL)
    g_debug ("image %s: %s: %s", image, vg_outcome_to_string (answer->outcome),
             answer->store != NULL     ? answer->store
             : answer->message != NULL ? answer->message
                                       : "");
}

char *
vg_counts_format (const VgCounts *counts)
{
  GString *text =
      g_string_new ("# HELP " METRIC " Uploads asked about, by outcome.\n"
                    "# TYPE " METRIC " counter\n");

  for (guint i = 0; i < VG_OUTCOME_N; i++)
    g_string_append_printf (text,
                            METRIC "{outcome=\"%s\"} %" G_GUINT64_FORMAT "\n",
                            vg_outcome_to_string (i), counts->outcomes[i]);
  return g_string_free (text, FALSE);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counts outcomes, and logs troubles. Used by one thread. */
#pragma once

#include "choose/answer.h"

typedef struct {
  guint64 outcomes[VG_OUTCOME_N];
  gint64 told;    /* when a trouble was logged last, monotonic µs; 0: never */
  guint64 untold; /* troubles since then */
} VgCounts;

/* Counts it. A trouble and a refusal are logged as warnings, at most one a
 * second; the next one says how many were not. image: may be NULL. */
void vg_counts_add (VgCounts *counts, const char *image,
                    const VgAnswer *answer);

/* The counters in Prometheus' text format. Free with g_free(). */
char *vg_counts_format (const VgCounts *counts);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps aside when somebody else has ended our backup job of a running domain.
 * Nova does so before it takes a snapshot of its own: it aborts the domain's
 * job, undefines the domain, and some seconds later copies its disk. A new
 * backup job in this gap would make the tenant's snapshot fail, or fail itself.
 * So the other one goes first. */
#pragma once

#include "job/job.h"

/* How long a domain has to be left alone before it counts as calm, and how long
 * that is waited for; µs. */
#define VG_CALM_FOR_US (10 * G_USEC_PER_SEC)
#define VG_CALM_LIMIT_US (5 * 60 * G_USEC_PER_SEC)

typedef enum {
  VG_CALM_WAIT,
  VG_CALM_REACHED,
  VG_CALM_TOO_LATE,
} VgCalmVerdict;

/* Whether a domain has calmed down, judged from looks at it. Time is the
 * caller's, in monotonic µs. */
typedef struct {
  gint64 begun;
  gint64 calm_since; /* -1: it was not at the last look */
} VgCalm;

void vg_calm_begin (VgCalm *calm, gint64 now);

/* disturbed: somebody works on the domain at this moment. */
VgCalmVerdict vg_calm_look (VgCalm *calm, gint64 now, gboolean disturbed);

/* Waits until nobody else works on the job's domain: no disk has a <mirror>, no
 * other job is active, the domain has a persistent definition if it had one
 * when the job began, and it was so for 10 s. Returns at once if it does not
 * run. *alone: the domain ran on, and nobody did anything with it. Blocks.
 * VG_HOST_ERROR_BUSY after five minutes; G_IO_ERROR_CANCELLED; others of
 * VG_HOST_ERROR. */
gboolean vg_give_way (const VgJob *job, gboolean *alone, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

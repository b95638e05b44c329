/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job, the argument of all functions in this room. */
#pragma once

#include <gio/gio.h>

#include "job/peers.h"
#include "journal/journal.h"
#include "journal/lock.h"
#include "plan/plan.h"
#include "request/request.h"
#include "util/config.h"
#include "util/report.h"

typedef struct _VgAhead VgAhead; /* job/ahead.h */

/* All borrowed, and set as the job proceeds; run.c owns them. The rooms below
 * don't know Glance, so they don't use this: instant/context.h has what an
 * instant needs. */
typedef struct {
  const VgRequest *request;
  const VgConfig *config;
  const VgReport *report;
  GCancellable *cancellable;
  VgPeers peers;
  VgAhead *ahead; /* what was begun for the plan; or NULL */
  const VgPlan *plan;
  const VgPlanSources *sources; /* of this attempt: the plan's, or new ones
                                   after a lost instant */
  VgJournal *journal;           /* the steps taken */
  VgLock *lock;                 /* of the domain; NULL in a rehearsal */
} VgJob;

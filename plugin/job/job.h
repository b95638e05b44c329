/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One job, as all functions of this room are given it. */
#pragma once

#include <gio/gio.h>

#include "job/peers.h"
#include "journal/journal.h"
#include "plan/plan.h"
#include "request/request.h"
#include "util/config.h"
#include "util/report.h"

/* All borrowed, and set as far as the job has come: run.c owns it. The rooms
 * below don't know Glance, and so not this; instant/context.h is what taking an
 * instant needs of it. */
typedef struct {
  const VgRequest *request;
  const VgConfig *config;
  const VgReport *report;
  GCancellable *cancellable;
  VgPeers peers;
  const VgPlan *plan;
  const VgPlanSources *sources; /* of this attempt: the plan's, or as they were
                                   found after a lost instant */
  VgJournal *journal;           /* what was done */
} VgJob;

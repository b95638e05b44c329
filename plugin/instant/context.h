/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What taking an instant depends on. */
#pragma once

#include <gio/gio.h>

#include "host/guest.h"
#include "instant/ceph.h"
#include "instant/thaw-watchdog.h"
#include "journal/journal.h"
#include "plan/sources.h"
#include "util/report.h"

/* All borrowed. */
typedef struct {
  const VgConfig *config;
  VgGuest *guest;
  VgCeph *ceph;
  const VgPlanSources *sources; /* whose instant it is; say whether the domain
                                   runs, and is to be frozen */
  VgJournal *journal;
  const VgReport *report;
  GCancellable *cancellable; /* also cancelled when the scratch space ends */
  VgThawWatchdog **guardian; /* from vg_quiesce_prepare(), or NULL; taken by the
                            first freeze */
} VgInstantContext;

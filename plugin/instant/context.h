/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parameters of taking an instant. */
#pragma once

#include <gio/gio.h>

#include "host/guest.h"
#include "instant/ceph.h"
#include "instant/thaw-watchdog.h"
#include "journal/journal.h"
#include "plan/sources.h"
#include "util/report.h"

/* Waits for what else goes on while the instant is prepared. FALSE: it failed,
 * and the instant is not to be taken. May be called again. */
typedef gboolean (*VgInstantAwait) (gpointer data, GError **error);

/* All borrowed. */
typedef struct {
  const VgConfig *config;
  VgGuest *guest;
  VgCeph *ceph;
  const VgPlanSources *sources; /* to take the instant of; also whether the
                                   domain runs, and is to be frozen */
  VgJournal *journal;
  const VgReport *report;
  GCancellable *cancellable; /* also cancelled when scratch space runs out */
  VgThawWatchdog **guardian; /* from vg_quiesce_prepare(), or NULL; the first
                                freeze takes it. One that was dismissed is put
                                back: the caller waits for its end */
  VgInstantAwait await; /* called before anything is frozen or taken; or NULL */
  gpointer await_data;
} VgInstantContext;

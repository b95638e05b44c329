/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes one order. */
#pragma once

#include <gio/gio.h>

#include "glance/pool.h"
#include "host/host.h"
#include "request/order.h"
#include "util/config.h"

/* Common to all orders; all borrowed. */
typedef struct {
  const VgConfig *config;
  const char *uri; /* for the jobs' own connections; NULL: libvirt's default */
  VgHost *host;    /* for status messages */
  GCancellable *cancellable; /* cancels the jobs and rolls them back */
  VgGlancePool *glances;
} VgWork;

/* How a try of an order has ended. */
typedef enum {
  VG_TRY_OVER, /* the order is done, failed or skipped, and is removed from the
                  spool */
  VG_TRY_FAILED, /* retry it later */
  VG_TRY_CUT,    /* the work's cancellable ended it: it was none */
} VgTry;

/* Processes an order from the spool, and writes its status to the domain's
 * metadata. Blocks, maybe for hours; call it in a thread while the main thread
 * runs its loop. */
VgTry vg_work_run (const VgWork *work, const VgOrder *order);

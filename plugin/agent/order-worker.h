/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carrying out one order. */
#pragma once

#include <gio/gio.h>

#include "host/host.h"
#include "request/order.h"
#include "util/config.h"

/* What all orders share; all borrowed. */
typedef struct {
  const VgConfig *config;
  const char *uri; /* for the jobs' own connections; NULL: libvirt's choice */
  VgHost *host;    /* for answers */
  GCancellable *cancellable; /* once it is cancelled, jobs are undone */
} VgWork;

/* Carries an order out that is in the spool, and answers in the domain's
 * metadata. tries: how often that was begun before. TRUE: it is over, be it
 * done, failed or skipped, and out of the spool; FALSE: it is to be tried again
 * later. Blocks, for hours maybe; to be called in a thread while the main one
 * runs its loop. */
gboolean vg_work_run (const VgWork *work, const VgOrder *order, guint tries);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits in a run over many guests while a service is away that all of them
 * need: Glance, Keystone or libvirt. */
#pragma once

#include <gio/gio.h>

#include "request/request.h"
#include "util/config.h"
#include "util/json.h"

/* Asks the services for something small; FALSE with the error of the one that
 * fails. May block. */
typedef gboolean (*VgOutageProbe) (gpointer data, GCancellable *cancellable,
                                   GError **error);

typedef struct {
  VgOutageProbe probe;
  gpointer data;            /* for it */
  const VgRequest *request; /* until: no wait is longer; or 0 */
  const VgConfig *config;
  GCancellable *cancellable;
  gint64 limit_s;   /* of all waits together; 0: don't wait; < 0: none */
  gint64 waited_us; /* so far */
  VgJson *waits; /* an array of objects with "since" (s since 1970), "seconds"
                    and "reason"; NULL: none so far */
  GHashTable *tries; /* UUID of a guest to how often it was tried again; or
                        NULL */
} VgOutage;

void vg_outage_clear (VgOutage *outage);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VgOutage, vg_outage_clear)

/* After a failure by why: if a service is away, waits until it is back, with
 * pauses that grow. The wait's beginning and end are logged, a line each. FALSE
 * with why (takes it) if that does not come of an outage, with the service's
 * error after limit_s, VG_RUN_ERROR_UNTIL, VG_RUN_ERROR_DRAINED or
 * G_IO_ERROR_CANCELLED; these within half a second, or when the probe returns.
 * Blocks. */
gboolean vg_outage_await_after (VgOutage *outage, GError *why, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  VG_OUTAGE_NO_TRY,   /* it has failed */
  VG_OUTAGE_TRY_NEXT, /* a service was away, and is back */
  VG_OUTAGE_TRY_LAST, /* they answer: the outage may have been a short one */
} VgOutageTry;

/* What to do with a guest whose backup failed by why; waits likewise. If the
 * wait ended too early, it has failed and *lasting is set, to the other errors
 * of vg_outage_await_after(): no other guest is to be tried. Blocks. */
VgOutageTry vg_outage_decide (VgOutage *outage, const char *uuid,
                              const GError *why, GError **lasting);

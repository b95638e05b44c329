/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When an order that has failed is tried again, and whether. Its tries are in
 * its file, so a restart of the agent changes nothing. */
#pragma once

#include "request/order.h"
#include "util/config.h"

/* Whether a later try may succeed without anything being changed in the order:
 * a service is away, or refuses the credentials; something is busy. Failures
 * that may cost a whole upload each time are none of these. */
gboolean vg_retry_may_help (const GError *error);

/* Whether the order has reached the age ([agent] retry_hours) at which a
 * failure is its last one. */
gboolean vg_retry_is_over (const VgOrder *order, const VgConfig *config);

/* The time of the next try in monotonic µs, for an order as it is in its file;
 * 0: now. The pauses after its tries grow from 5 s to 10 min. */
gint64 vg_retry_get_time (const VgOrder *order);

/* Notes a failed try in the order and its file, unless that is gone. */
void vg_retry_note (VgOrder *order, const VgConfig *config);

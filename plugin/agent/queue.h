/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chooses the next order: the oldest that may start, with a limited number of
 * running orders, and at most one per domain. It only decides, and starts
 * nothing. For one thread. */
#pragma once

#include "request/order.h"

typedef struct _VgQueue VgQueue;

/* limit: maximum number of running orders; 0 means 1. */
VgQueue *vg_queue_new (guint limit);
void vg_queue_free (VgQueue *queue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgQueue, vg_queue_free)

/* Adds an order from the spool, which may start at that time (0: now); adding
 * the same id twice stores one order. Takes ownership of order in any case. */
void vg_queue_add (VgQueue *queue, VgOrder *order, gint64 not_before);

/* The order to start now, or NULL; borrowed. It counts as running until
 * vg_queue_end(). Times are in monotonic µs. */
VgOrder *vg_queue_begin (VgQueue *queue, gint64 now);

/* Ends a running order: for good (again 0), which frees it, or until it may
 * start again at that time. */
void vg_queue_end (VgQueue *queue, const VgOrder *order, gint64 again);

/* The time to call vg_queue_begin() again, if nothing is added and no order
 * ends before; 0: never. */
gint64 vg_queue_next_time (VgQueue *queue);

/* The number of running orders, and of all orders. */
guint vg_queue_count_running (VgQueue *queue);
guint vg_queue_count (VgQueue *queue);

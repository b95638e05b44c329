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

/* Adds an order from the spool; adding the same id twice stores one order.
 * Takes ownership of order in any case. */
void vg_queue_add (VgQueue *queue, VgOrder *order);

/* The order to start now, or NULL; borrowed. It counts as running until
 * vg_queue_end(). *tries: how many times it was started before. Times are in
 * monotonic µs. */
const VgOrder *vg_queue_begin (VgQueue *queue, gint64 now, guint *tries);

/* Ends a running order: for good (again 0), which frees it, or until it may
 * start again at that time. */
void vg_queue_end (VgQueue *queue, const VgOrder *order, gint64 again);

/* The time to call vg_queue_begin() again, if nothing is added and no order
 * ends before; 0: never. */
gint64 vg_queue_next_time (VgQueue *queue);

/* The number of running orders, and of all orders. */
guint vg_queue_count_running (VgQueue *queue);
guint vg_queue_count (VgQueue *queue);

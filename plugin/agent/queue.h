/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which order comes next: the oldest that may begin, where so many are under
 * way at most, and never two of one domain. It is all decided here, and nothing
 * is done. For one thread. */
#pragma once

#include "request/order.h"

typedef struct _VgQueue VgQueue;

/* limit: orders under way at a time; 0 is taken for 1. */
VgQueue *vg_queue_new (guint limit);
void vg_queue_free (VgQueue *queue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgQueue, vg_queue_free)

/* Takes an order from the spool, unless one with its id is there already. Both
 * ways it is the queue's to free. */
void vg_queue_add (VgQueue *queue, VgOrder *order);

/* The order to begin now, which then is under way until vg_queue_end(), or
 * NULL; *tries: how many times it was begun before. Borrowed. Times are in
 * monotonic µs. */
const VgOrder *vg_queue_begin (VgQueue *queue, gint64 now, guint *tries);

/* Ends what is under way: for good (again 0), or to begin again at that time.
 * The order is freed in the first case. */
void vg_queue_end (VgQueue *queue, const VgOrder *order, gint64 again);

/* When vg_queue_begin() is to be asked again though nothing was added or has
 * ended; 0: never. */
gint64 vg_queue_next_time (VgQueue *queue);

/* Orders under way, and all that there are. */
guint vg_queue_count_running (VgQueue *queue);
guint vg_queue_count (VgQueue *queue);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stays of an order's job when it has ended: in the list of jobs, and in
 * the system's journal. */
#pragma once

#include "journal/journal.h"
#include "request/order.h"
#include "util/config.h"

/* Records a try that failed before its job did. Returns the id of its record,
 * or NULL if there is none. Free with g_free(). */
char *vg_order_end_record (const VgOrder *order, const VgConfig *config,
                           const char *uri, const GError *error);

/* Logs which images the order's job has made. */
void vg_order_end_log_images (const VgOrder *order, const VgJournal *journal);

/* Logs that the order's job is done, or has failed for good. journal: of the
 * job, or NULL; job: its id, or NULL. */
void vg_order_end_log_done (const VgOrder *order, const VgJournal *journal);
void vg_order_end_log_failure (const VgOrder *order, const char *job,
                               const VgJournal *journal, const char *message);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The jobs of this host that "virt-glance jobs" lists. */
#pragma once

#include "cmd/jobs-filter.h"
#include "journal/journal.h"
#include "request/spool.h"
#include "util/config.h"

/* The state of a job whose journal can't be read. */
#define VG_JOBS_UNREADABLE "unreadable"

/* The state of a job that waits for its turn, and of an order that waits for
 * the agent. */
#define VG_JOBS_WAITING "waiting"

typedef struct {
  const VgConfig *config;
  GPtrArray *journals; /* of VgJournal */
  GPtrArray *unread;   /* of VgUnreadJournal */
  GPtrArray *orders;   /* of VgOrder: waiting orders */
  GHashTable *running; /* ids of running jobs */
  GHashTable *waiting; /* of these, those that wait for their turn */
  gboolean follows;    /* without what changes all the time */
} VgJobs;

void vg_jobs_clear (VgJobs *jobs);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VgJobs, vg_jobs_clear)

/* Reads them; follows is set by the caller. Returns the exit status; tells
 * errors. */
int vg_jobs_read (VgJobs *jobs, const VgConfig *config,
                  const VgJobsFilter *filter);

/* "running" …; the journal of a job that died says so, too. */
const char *vg_jobs_get_state (const VgJobs *jobs, const VgJournal *journal);

/* In seconds; -1: unknown, or it changes all the time and is not wanted. */
gint64 vg_jobs_get_duration (const VgJobs *jobs, const VgJournal *journal);

/* Of a running job; -1 as above. */
int vg_jobs_get_percent (const VgJobs *jobs, const VgJournal *journal);

/* Of its images, in bytes. */
guint64 vg_jobs_get_size (const VgJournal *journal);

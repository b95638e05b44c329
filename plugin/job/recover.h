/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cleanup after a crash. */
#pragma once

#include <gio/gio.h>

#include "util/report.h"
#include "util/config.h"

typedef struct {
  const char *job_id;  /* only this job; NULL: all */
  const char *uuid;    /* only jobs of this domain; NULL: all */
  gboolean background; /* leave long work (flattening) to processes started for
                          it, instead of waiting */
  gboolean waits;      /* looks again until nothing can appear any more that a
                          job asked for; else that is a failure */
  GCancellable *cancellable; /* ends this waiting, with that failure */
} VgRecovery;

/* Undoes the steps of every job that died or whose undo failed, using its
 * journal, and completes a job's remaining work (flatten.h). Skips running
 * jobs. Connects to libvirt, Glance and Ceph only if a step needs it. *n_jobs:
 * number of jobs processed. Continues after a failure; FALSE with the first
 * error. An unreadable journal is skipped, and is such a failure,
 * VG_RUN_ERROR_LEFTOVER, before all others. VG_RUN_ERROR_LATE: something may
 * still appear; the message says until when. Blocks; see host.h for the main
 * loop. */
gboolean vg_recover (const VgConfig *config, const VgRecovery *recovery,
                     const VgReport *report, guint *n_jobs, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Undoes what dead jobs left on the domain with that UUID, before another job
 * begins on it: a backup job that nobody ends would make that fail, a guest
 * that grows its scratch file would fill the disk. A failure is a warning:
 * whether it is in the way will be seen. Takes the domain's lock. Blocks. */
void vg_recover_domain (const VgConfig *config, const char *uuid,
                        const VgReport *report);

/* The id of a job of the domain with that UUID that vg_recover() would process,
 * or NULL. The caller holds the domain's lock, so no such job is running. Free
 * with g_free(). */
char *vg_recover_find (const VgConfig *config, const char *uuid);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Undoing what a crash left. */
#pragma once

#include "util/report.h"
#include "util/config.h"

typedef struct {
  const char *job_id;  /* of that one alone; NULL: of all */
  gboolean background; /* what takes long, flattening, is left to processes that
                          are started for it, instead of waiting for its end */
} VgRecovery;

/* Undoes the steps of every job that died, or whose undoing failed, by its
 * journal, and does what a job has left to do (flatten.h); jobs at work are
 * left alone. Connects to libvirt, Glance and Ceph only where a step needs it.
 * *n_jobs: how many were dealt with. Goes on after a failure; FALSE with the
 * first one's error. A journal that can't be read is left alone, and is such a
 * failure, VG_RUN_ERROR_LEFTOVER, before all others. Blocks; see host.h for the
 * main loop. */
gboolean vg_recover (const VgConfig *config, const VgRecovery *recovery,
                     const VgReport *report, guint *n_jobs, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The id of a job of the domain with that UUID that vg_recover() would deal
 * with, or NULL. The caller holds the domain's lock, so no such job lives. Free
 * with g_free(). */
char *vg_recover_find (const VgConfig *config, const char *uuid);

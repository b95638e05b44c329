/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way back of a guest whose host is gone: a job. */
#pragma once

#include "journal/journal.h"
#include "restore/define-plan.h"
#include "util/config.h"
#include "util/report.h"

/* Makes the disks, and defines the domain when all of them are there. On
 * failure or cancellation all is undone before it returns. Sets *plan to what
 * was done, and returns the finished job. Blocks; call it in a thread while the
 * main one runs its loop (see host.h). Errors: those of define-plan.h and
 * new-disk.h, VG_LOCK_ERROR, VG_RUN_ERROR, VG_HOST_ERROR (libvirt refuses the
 * definition).
 *
 * VG_RUN_ERROR_LEFTOVER, VG_RUN_ERROR_LATE: it is not all undone, or the domain
 * is defined (as the message says), but something is left. */
VgJournal *vg_define_run (const VgDefine *wanted, const VgConfig *config,
                          VgHost *host, VgGlance *glance,
                          const VgReport *report, VgDefinePlan **plan,
                          GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a snapshot: carries out a plan, or undoes it. */
#pragma once

#include <gio/gio.h>

#include "glance/glance.h"
#include "host/host.h"
#include "job/error.h"
#include "journal/journal.h"
#include "util/report.h"
#include "request/request.h"
#include "util/config.h"

/* Creates images of a domain's disks in Glance. Blocks until they are active,
 * verified and in their stores; call it in a thread while the main one runs its
 * loop (see host.h). On failure or cancellation it undoes everything before it
 * returns. Returns the finished job, with its images. Errors: those of every
 * room below, VG_LOCK_ERROR, VG_SCRATCH_SPACE_ERROR, VG_RUN_ERROR.
 *
 * A failure after the images were kept is no such error, because they stay: it
 * is set in *rest instead: VG_RUN_ERROR_LEFTOVER, VG_RUN_ERROR_COPY or
 * G_IO_ERROR_CANCELLED. */
VgJournal *vg_run_snapshot (const VgRequest *request, const VgConfig *config,
                            VgHost *host, VgGlance *glance,
                            const VgReport *report, GCancellable *cancellable,
                            GError **rest, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

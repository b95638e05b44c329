/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks for likely failures before anything is created. */
#pragma once

#include "job/job.h"

/* Checks that a saved domain need not be quiesced. VG_RUN_ERROR_SAVED. */
gboolean vg_precheck_saved (const VgJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Says of which disk the error is (takes it), with VG_PLAN_ERROR_DISK if the
 * disk is its cause. Returns FALSE. */
gboolean vg_precheck_throw_disk (GError **error, const VgDomain *domain,
                                 const VgDomainDisk *disk, GError *why);

/* Checks, of a planned job, all that can be known before anything is made in
 * Glance, and creates the directories of sockets and scratch files; trial: only
 * looks whether it could create them. The job needs no journal for that. Of a
 * running domain: its agent answers, if quiescing is required; no other job
 * uses its disks; keys are there; there is space for scratch files. Of another
 * one: each layer of each disk can be opened, and nobody may write to it.
 *
 * VG_PLAN_ERROR_DISK if a disk can't be read; VG_HOST_ERROR,
 * VG_RUN_ERROR_SAVED, VG_SCRATCH_SPACE_ERROR, VG_LIBVIRT_SNAPSHOT_ERROR,
 * GFileError, G_SPAWN_ERROR, G_IO_ERROR_CANCELLED. */
gboolean vg_precheck (const VgJob *job, gboolean trial, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removes snapshots that appeared after their jobs were undone. */
#pragma once

#include "disk/rbd.h"
#include "instant/context.h"

/* Removes snapshots of an RBD image that a QEMU made so late that the job that
 * had asked for them was undone already: those with the name of a job of which
 * this host has the journal, and knows that the snapshot is undone. Another
 * host's are left alone. Failures are warnings. */
void vg_rbd_sweep (const VgInstantContext *context, const VgRbd *rbd,
                   VgCluster *cluster, const char *image);

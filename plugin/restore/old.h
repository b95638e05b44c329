/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The old disks that restores of a guest have kept. */
#pragma once

#include "host/host.h"
#include "util/config.h"
#include "util/report.h"

typedef struct {
  char *domain, *uuid;
  GPtrArray *paths; /* of char *, what was deleted */
} VgOldDisks;

void vg_old_disks_free (VgOldDisks *old);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgOldDisks, vg_old_disks_free)

/* Deletes the files and RBD images beside the domain's disks that
 * vg_guest_restore() has left there, by their names (disk/swap.h,
 * journal/ceph-object.h), but for those that a domain of this host uses, or
 * another client of Ceph or a clone, with a warning. Before that it undoes what
 * a dead job left on the domain, and its lock is held: an unfinished restore
 * needs its old disks. is_trial: tells what would be deleted, and deletes
 * nothing. The domain may be running. After an error, what was deleted is in
 * the array nevertheless. VG_RUN_ERROR_LEFTOVER, VG_LOCK_ERROR, VG_HOST_ERROR,
 * VG_DISK_ERROR, GFileError. Blocks. */
gboolean vg_old_disks_discard (const char *domain, gboolean is_trial,
                               const VgConfig *config, VgHost *host,
                               const VgReport *report, VgOldDisks *old,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
VgOldDisks *vg_old_disks_new (void);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rotation of backups, as Nova's createBackup does it. */
#pragma once

#include <gio/gio.h>

#include "glance/glance.h"
#include "job/report.h"

/* The property by which backups of other disks than the root disk are told
 * apart: each disk's have a rotation of their own. */
#define VG_ROTATE_DISK_PROPERTY "virt_glance_disk"

/* Deletes the oldest active backups of that type, of the instance with that
 * UUID, that our project owns, but for the latest so many of each disk.
 * Protected ones stay, and are told as warnings; so is what can't be deleted,
 * which is in nobody's way. deleted gets the ids of the others. FALSE where the
 * backups can't be listed, or one could not be deleted. Blocks. */
gboolean vg_rotate_backups (VgGlance *glance, const char *uuid,
                            const char *backup_type, guint rotation,
                            const VgReport *report, GPtrArray *deleted,
                            GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

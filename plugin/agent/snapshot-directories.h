/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watching the folder in which libvirt notes its snapshots, in a folder a
 * domain. For the thread that runs GLib's default main loop. */
#pragma once

#include <glib.h>

/* name: of the domain's folder, in which something has changed. */
typedef void (*VgSnapshotDirectoriesChanged) (const char *name, gpointer data);

typedef struct _VgFolders VgSnapshotDirectories;

/* Calls changed a moment after something did, once for each folder. A folder
 * that is missing may come later; what can't be watched is not. */
VgSnapshotDirectories *vg_snapshot_directories_watch (
    const char *path, VgSnapshotDirectoriesChanged changed, gpointer data);
void vg_snapshot_directories_free (VgSnapshotDirectories *folders);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgSnapshotDirectories,
                               vg_snapshot_directories_free)

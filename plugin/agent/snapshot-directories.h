/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watches the directory in which libvirt stores snapshot metadata, with a
 * subdirectory for each domain. For the thread that runs GLib's default main
 * loop. */
#pragma once

#include <glib.h>

/* name: the domain's subdirectory, in which something has changed. */
typedef void (*VgSnapshotDirectoriesChanged) (const char *name, gpointer data);

typedef struct _VgSnapshotDirectories VgSnapshotDirectories;

/* Calls changed shortly after a change, once for each subdirectory. Directories
 * may be created later. Directories that can't be watched are ignored. */
VgSnapshotDirectories *vg_snapshot_directories_watch (
    const char *path, VgSnapshotDirectoriesChanged changed, gpointer data);
void vg_snapshot_directories_free (VgSnapshotDirectories *directories);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgSnapshotDirectories,
                               vg_snapshot_directories_free)

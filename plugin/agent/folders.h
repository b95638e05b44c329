/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watching the folder in which libvirt notes its snapshots, in a folder a
 * domain. For the thread that runs GLib's default main loop. */
#pragma once

#include <glib.h>

/* name: of the domain's folder, in which something has changed. */
typedef void (*VgFoldersChanged) (const char *name, gpointer data);

typedef struct _VgFolders VgFolders;

/* Calls changed a moment after something did, once for each folder. A folder
 * that is missing may come later; what can't be watched is not. */
VgFolders *vg_folders_watch (const char *path, VgFoldersChanged changed,
                             gpointer data);
void vg_folders_free (VgFolders *folders);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgFolders, vg_folders_free)

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Free space for scratch files: if it ran out, the guest's own writes would
 * stop, so the job is cancelled long before. */
#pragma once

#include <gio/gio.h>

#define VG_SCRATCH_SPACE_ERROR (vg_scratch_space_error_quark ())
typedef enum {
  VG_SCRATCH_SPACE_ERROR_LOW, /* too little is free */
} VgScratchSpaceError;
GQuark vg_scratch_space_error_quark (void);

/* Whether at least reserve bytes are free in the directory's file system; also
 * if that isn't known. Errors of vg_look_at_file() if it doesn't answer. */
gboolean vg_scratch_space_check (const char *folder, guint64 reserve,
                                 GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef struct _VgSpaceWatch VgScratchSpaceWatch;

/* Checks the directory's file system every second, in its own thread, and
 * cancels cancellable once less than half of reserve is free. NULL with
 * G_THREAD_ERROR if there can be no thread. */
VgScratchSpaceWatch *vg_scratch_space_watch_new (const char *folder,
                                                 guint64 reserve,
                                                 GCancellable *cancellable,
                                                 GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_scratch_space_watch_free (VgScratchSpaceWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgScratchSpaceWatch, vg_scratch_space_watch_free)

/* Whether the watch cancelled; then sets error to say so. */
gboolean vg_scratch_space_watch_tripped (VgScratchSpaceWatch *watch,
                                         GError **error);

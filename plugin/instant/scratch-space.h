/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Free space for scratch files: a full disk there would stop the guest's own
 * writes, so the job gives way long before. */
#pragma once

#include <gio/gio.h>

#define VG_SCRATCH_SPACE_ERROR (vg_scratch_space_error_quark ())
typedef enum {
  VG_SCRATCH_SPACE_ERROR_LOW, /* too little is free */
} VgScratchSpaceError;
GQuark vg_scratch_space_error_quark (void);

/* Whether at least reserve bytes are free in the folder's file system. */
gboolean vg_scratch_space_check (const char *folder, guint64 reserve,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct _VgSpaceWatch VgScratchSpaceWatch;

/* Looks at the folder's file system every second, in a thread of its own, and
 * cancels cancellable once less than half of reserve is free. */
VgScratchSpaceWatch *vg_scratch_space_watch_new (const char *folder,
                                                 guint64 reserve,
                                                 GCancellable *cancellable);
void vg_scratch_space_watch_free (VgScratchSpaceWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgScratchSpaceWatch, vg_scratch_space_watch_free)

/* Whether it was the watch that cancelled; then error says so. */
gboolean vg_scratch_space_watch_tripped (VgScratchSpaceWatch *watch,
                                         GError **error);

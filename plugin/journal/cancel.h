/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cancelling a job from outside: a file STATE_PATH/cancel/JOB asks for it, and
 * the job, whoever's process it is in, sees it appear. */
#pragma once

#include <gio/gio.h>

/* STATE_PATH/cancel/JOB. Free with g_free(). */
char *vg_cancel_get_path (const char *state_path, const char *job_id);

/* Asks the job to undo what it did. GFileError. */
gboolean vg_cancel_ask (const char *state_path, const char *job_id,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Takes the question back, or away once it was answered. */
void vg_cancel_forget (const char *state_path, const char *job_id);

typedef struct _VgCancelWatch VgCancelWatch;

/* Cancels cancellable (borrowed) when the job is asked to end. The main loop
 * must run meanwhile. Where the folder can't be watched there is a warning. */
VgCancelWatch *vg_cancel_watch_new (const char *state_path, const char *job_id,
                                    GCancellable *cancellable);
void vg_cancel_watch_free (VgCancelWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCancelWatch, vg_cancel_watch_free)

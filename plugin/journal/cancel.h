/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cancels a job from outside: the file STATE_PATH/cancel/JOB requests
 * cancellation, and the job notices it, whichever process runs it. */
#pragma once

#include <gio/gio.h>

/* STATE_PATH/cancel/JOB. Free with g_free(). */
char *vg_cancel_get_path (const char *state_path, const char *job_id);

/* Requests that the job stop and undo its steps. GFileError. */
gboolean vg_cancel_ask (const char *state_path, const char *job_id,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Withdraws the request, or removes it once processed. */
void vg_cancel_forget (const char *state_path, const char *job_id);

typedef struct _VgCancelWatch VgCancelWatch;

/* Cancels cancellable (borrowed) when cancellation of the job is requested. The
 * main loop must run meanwhile. Warns if the directory can't be watched. */
VgCancelWatch *vg_cancel_watch_new (const char *state_path, const char *job_id,
                                    GCancellable *cancellable);
void vg_cancel_watch_free (VgCancelWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCancelWatch, vg_cancel_watch_free)

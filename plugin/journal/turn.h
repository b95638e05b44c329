/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host's limit of jobs at once, whichever processes run them: each job has a
 * file in STATE_PATH/turns, which it locks, so that it counts until its process
 * ends. Jobs get their turn in the order in which they came. */
#pragma once

#include <glib.h>

typedef struct _VgTurn VgTurn;

/* Queues a job. VG_LOCK_ERROR_FAILED. */
VgTurn *vg_turn_queue (const char *state_path, const char *job_id,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets *begins to whether the job's turn has come: fewer than max (at least 1)
 * others have theirs, and nobody waits who came earlier. Once it has come, it
 * stays. Doesn't wait. VG_LOCK_ERROR_FAILED. */
gboolean vg_turn_try (VgTurn *turn, guint max, gboolean *begins, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Ends the turn, or the waiting. */
void vg_turn_free (VgTurn *turn);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgTurn, vg_turn_free)

/* Whether that job waits for its turn at this moment. */
gboolean vg_turn_is_awaited (const char *state_path, const char *job_id);

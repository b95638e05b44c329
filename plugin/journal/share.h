/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A rate that the uploads of a host share, whichever processes send them: each
 * has a file in STATE_PATH/uploads, with its own limit, which it locks, so that
 * it counts until its process ends. Nobody hands shares out: all compute them
 * from these files, again and again. */
#pragma once

#include <glib.h>

/* A fair share of total (bytes a second, at least 1) for one of n uploads with
 * these limits (0: none), whose own is among them: those with a lower limit
 * than an equal part leave the rest to the others. At least 1. */
guint64 vg_share_divide (guint64 total, const guint64 *limits, gsize n,
                         guint64 own);

typedef struct _VgShare VgShare;

/* Registers the upload of a job, which has one at a time. own: its limit, or 0.
 * VG_LOCK_ERROR_FAILED. */
VgShare *vg_share_join (const char *state_path, const char *job_id,
                        guint64 total, guint64 own, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* What the upload may send at this moment, in bytes a second. */
guint64 vg_share_get (const VgShare *share);

/* Leaves it to the others. */
void vg_share_leave (VgShare *share);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgShare, vg_share_leave)

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one way back: undoing a job's steps, after a failure as after a crash. */
#pragma once

#include "host/guest.h"
#include "job/journal.h"
#include "util/config.h"

#include "glance/glance.h"

/* Undoes the steps from number first on, last one first, as far as they are
 * begun; a step that fails stays begun and the others are undone all the same,
 * but for the files of a backup job that doesn't end.
 * The journal is written after it. guest: NULL where the domain is gone (then
 * there is nothing left of it to undo). glance: NULL
 * where it isn't at hand; then images stay begun.
 * FALSE with an error that says of each step that is left why. Not cancellable;
 * blocks. */
gboolean vg_undo_steps (VgJournal *journal, guint first, VgGuest *guest,
                        VgGlance *glance, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one way back: undoing a job's steps, after a failure as after a crash. */
#pragma once

#include "glance/glance.h"
#include "host/guest.h"
#include "instant/ceph.h"
#include "journal/journal.h"

/* With what it is done. All borrowed. */
typedef struct {
  VgGuest *guest;   /* NULL: the domain is gone, so nothing is left of it */
  VgGlance *glance; /* NULL: it isn't at hand; then images stay begun */
  VgCeph *ceph;     /* NULL: likewise, for what is in Ceph */
} VgUndo;

/* Undoes the steps from number first on, last one first, as far as they are
 * begun; a step that fails stays begun and the others are undone all the same,
 * but for what is still in use: the files of a backup job that doesn't end, the
 * RBD image of an image that Glance doesn't delete, the snapshot of a clone.
 * The journal is written after it. FALSE with an error that says of each step
 * that is left why. Not cancellable; blocks. */
gboolean vg_undo_steps (VgJournal *journal, guint first, const VgUndo *undo,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

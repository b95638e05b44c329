/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a job ended, or a command: the kind of failure of an error of any room.
 */
#pragma once

#include <glib.h>

#include "journal/journal.h"
#include "util/failure.h"

VgFailure vg_outcome_of (const GError *error);

/* Records in the journal, without writing it, that the job failed by error, or
 * was cancelled. */
void vg_outcome_note (VgJournal *journal, const GError *error);

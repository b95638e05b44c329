/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last step of a disk that a job makes for a domain that isn't there yet.
 */
#pragma once

#include "journal/journal.h"

/* Gives the new file of a disk (disk/swap.h) its final name, path, which no
 * file may have: G_FILE_ERROR_EXIST. It is a step of the job, in the journal
 * already. */
gboolean vg_disk_file_place (const VgJournal *journal, const char *path,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes the instant and reads it, again if it is lost. */
#pragma once

#include "instant/thaw-watchdog.h"
#include "job/create-images.h"

/* Fills the job's images, and waits until they are active. Nothing is frozen or
 * taken before they are created; creation is awaited in any case. *watchdog is
 * from vg_quiesce_prepare(); the first freeze takes it. Blocks.
 * Steps in the journal remain to be undone, also after a failure. Errors:
 * VG_RUN_ERROR_RESTLESS after a few lost instants; _ENDED by others' order;
 * those of all rooms below. */
gboolean vg_attempts_make (const VgJob *job, VgCreation *creation,
                           VgThawWatchdog **watchdog, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Freezes a running guest's file systems around the instant, if requested and
 * supported by the guest. */
#pragma once

#include "instant/context.h"

/* Starts the process that a freeze needs, in parallel with other work. NULL:
 * starting failed; then vg_quiesce_around() tries again and reports the error.
 */
VgThawWatchdog *vg_quiesce_prepare (const VgConfig *config,
                                    const VgJournal *journal)
    G_GNUC_WARN_UNUSED_RESULT;

/* Takes the instant; must be fast if the guest is frozen. */
typedef gboolean (*VgQuiesceTake) (gpointer data, gboolean frozen,
                                   GError **error);

/* Why the domain's agent can't freeze the guest, judging by the XML: a static
 * clause for people. */
const char *vg_quiesce_get_obstacle (const VgDomain *domain);

/* Freezes, takes, thaws. The freeze is a step of the journal, undone on return.
 * If freezing fails, VG_QUIESCE_AUTO takes without it, with a warning; _REQUIRE
 * fails, before or after taking. A guest that somebody else has
 * frozen is left so. Notes the result in the journal. FALSE also if
 * take fails. */
gboolean vg_quiesce_around (const VgInstantContext *context, VgQuiesceTake take,
                            gpointer data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

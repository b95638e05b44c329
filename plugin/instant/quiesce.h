/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Freezing a running guest's file systems around the instant, as far as the
 * request and the guest allow it. */
#pragma once

#include "instant/context.h"

/* Starts the process that a freeze will need, while there is other work to do.
 * NULL: nothing will be frozen, or it can't be started, which
 * vg_quiesce_around() tries once more and then tells. */
VgThawWatchdog *vg_quiesce_prepare (const VgConfig *config,
                                    const VgPlanSources *sources,
                                    const VgJournal *journal)
    G_GNUC_WARN_UNUSED_RESULT;

/* Takes the instant, as fast as it can if the guest is frozen. */
typedef gboolean (*VgQuiesceTake) (gpointer data, gboolean frozen,
                                   GError **error);

/* Why the domain's agent can't freeze it, as far as its XML says: a static
 * clause for people. */
const char *vg_quiesce_get_obstacle (const VgDomain *domain);

/* Freezes, takes, thaws: a step of the journal, undone when it returns. With
 * VG_QUIESCE_AUTO it takes without if freezing fails, and says so in a warning;
 * with _REQUIRE it fails then, before or after taking. How it went is noted in
 * the journal. FALSE also where take fails. */
gboolean vg_quiesce_around (const VgInstantContext *context, VgQuiesceTake take,
                            gpointer data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watches whether the host is being drained (job/drain.h), for the main loop.
 */
#pragma once

#include "util/config.h"

typedef struct _VgDrainWatch VgDrainWatch;

/* Calls changed whenever the flag may have changed. config and data are
 * borrowed. Without a notification of the file system (a warning tells),
 * vg_drain_watch_is_on() is the only way to know. */
VgDrainWatch *vg_drain_watch_new (const VgConfig *config,
                                  void (*changed) (gpointer data),
                                  gpointer data);
void vg_drain_watch_free (VgDrainWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgDrainWatch, vg_drain_watch_free)

/* Whether it is being drained at this moment; a change is logged. */
gboolean vg_drain_watch_is_on (VgDrainWatch *watch);

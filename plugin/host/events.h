/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's events, handled by the main loop. Private to the room. */
#pragma once

#include <glib.h>

/* Waits until the main loop has handled all events that libvirt sent before it
 * answered this thread's last call. FALSE if the main loop does not get there
 * within 5 s. */
gboolean vg_events_await (void);

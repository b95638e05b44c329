/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A second process that thaws the guest if this one is killed, hangs, or takes
 * too long: the file systems are thawed within seconds. */
#pragma once

#include <gio/gio.h>

typedef struct _VgGuardian VgThawWatchdog;

/* The guardian's command: "COMMAND URI UUID SECONDS". */
#define VG_GUARDIAN_COMMAND "_thaw"

/* Starts the guardian. It connects to libvirt, which takes a moment, and thaws
 * nothing until armed. Doesn't block. NULL with error if it can't be started:
 * then don't freeze. */
VgThawWatchdog *vg_thaw_watchdog_start (const char *uri, const char *uuid,
                                        guint seconds, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Call before the freeze: waits until the guardian is connected. From now on it
 * thaws the domain after seconds, or once this process ends. FALSE with error
 * on failure: then don't freeze, and release it. */
gboolean vg_thaw_watchdog_arm (VgThawWatchdog *guardian, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether an armed guardian's time is over. Before that it has thawed nothing.
 */
gboolean vg_thaw_watchdog_is_due (const VgThawWatchdog *guardian);

/* Tells the guardian that the guest is thawed, or was never frozen: it ends by
 * itself, which may take a moment. Doesn't wait for that; release it later. */
void vg_thaw_watchdog_dismiss (VgThawWatchdog *guardian);
gboolean vg_thaw_watchdog_is_dismissed (const VgThawWatchdog *guardian);

/* Ends the guardian, once the guest is thawed or if it was never frozen, and
 * waits until it has ended; with thawed FALSE, unless it was dismissed, the
 * guardian thaws the guest first. FALSE if the guardian had to thaw the guest,
 * or failed. Frees it. */
gboolean vg_thaw_watchdog_release (VgThawWatchdog *guardian, gboolean thawed);

/* The guardian's main function: waits for the words on stdin, and thaws if the
 * second one is late. TRUE if it arrived, or the first never did. Blocks; see
 * host.h for the main loop. */
gboolean vg_thaw_watchdog_watch (const char *uri, const char *uuid,
                                 guint seconds, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A second process that thaws the guest if we don't: when we are killed, hang,
 * or take too long, its file systems are thawed within seconds. */
#pragma once

#include <gio/gio.h>

typedef struct _VgGuardian VgThawWatchdog;

/* The program's command that is the guardian: "COMMAND URI UUID SECONDS". */
#define VG_GUARDIAN_COMMAND "_thaw"

/* Starts it. It connects to libvirt, which takes a moment, and then thaws
 * nothing until it is armed. Doesn't block. NULL with error where it can't be
 * started: then don't freeze. */
VgThawWatchdog *vg_thaw_watchdog_start (const char *uri, const char *uuid,
                                        guint seconds, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Before the freeze: waits until it is connected. From now on it thaws the
 * domain after seconds, or as soon as this process is gone. FALSE with error
 * where it can't: then don't freeze, and release it. */
gboolean vg_thaw_watchdog_arm (VgThawWatchdog *guardian, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Ends it, once the guest is thawed or if it was never frozen; with thawed
 * FALSE it thaws the guest itself first, and is waited for. FALSE if it had to
 * thaw the guest, so that nobody knows how long it was frozen. Frees it. */
gboolean vg_thaw_watchdog_release (VgThawWatchdog *guardian, gboolean thawed);

/* What the guardian itself does: waits for the words on stdin, and thaws if
 * the second one doesn't come in time. TRUE if it came, or none. Blocks; see
 * host.h for the main loop. */
gboolean vg_thaw_watchdog_watch (const char *uri, const char *uuid,
                                 guint seconds, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

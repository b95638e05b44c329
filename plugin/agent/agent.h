/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon. */
#pragma once

#include <glib.h>

#include "util/config.h"

#define VG_AGENT_ERROR (vg_agent_error_quark ())
typedef enum {
  VG_AGENT_ERROR_TWICE, /* another agent uses the same state directory */
} VgAgentError;
GQuark vg_agent_error_quark (void);

/* Processes the orders in the spool and the requests in domains' metadata until
 * SIGTERM or SIGINT. Then running orders get [agent] drain_timeout to finish,
 * which a second signal cuts short; what takes longer is rolled back, and after
 * another rollback_timeout the process ends (see util/deadline.h), which holds
 * after the return, too. Runs GLib's default main loop; call it in
 * the thread that owns that loop. uri NULL: libvirt's default. FALSE if it
 * can't start; VG_AGENT_ERROR, VG_LOCK_ERROR or GFileError. */
gboolean vg_agent_run (const VgConfig *config, const char *uri, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

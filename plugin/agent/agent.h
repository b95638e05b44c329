/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon. */
#pragma once

#include <glib.h>

#include "util/config.h"

#define VG_AGENT_ERROR (vg_agent_error_quark ())
typedef enum {
  VG_AGENT_ERROR_TWICE, /* another one works with the same folder */
} VgAgentError;
GQuark vg_agent_error_quark (void);

/* Carries out what is in the spool, and what domains' metadata ask for, until
 * SIGTERM or SIGINT; then orders under way get [agent] drain_timeout to come to
 * their end, and a second signal ends this time. Runs GLib's default main loop,
 * and is to be called by the thread that may. uri NULL: libvirt's own choice.
 * FALSE where it can't begin; VG_AGENT_ERROR, VG_LOCK_ERROR or GFileError. */
gboolean vg_agent_run (const VgConfig *config, const char *uri, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

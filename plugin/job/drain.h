/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host that is being drained: an operator has made [DEFAULT] drain_file, and
 * nothing new begins there. What runs goes on, and what has to be undone is.
 * (libvirt has no such sign for a host.) */
#pragma once

#include <glib.h>

#include "util/config.h"

gboolean vg_drain_is_on (const VgConfig *config);

/* FALSE with VG_RUN_ERROR_DRAINED where it is. */
gboolean vg_drain_check (const VgConfig *config, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

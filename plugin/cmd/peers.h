/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What most commands talk to. */
#pragma once

#include "cmd/command.h"
#include "glance/glance.h"
#include "host/host.h"

/* Opens Glance, then the hypervisor, as the command line and the configuration
 * say. Fails as vg_glance_new() and vg_host_open(); what is open by then is the
 * caller's to free, too. Both are NULL before. */
gboolean vg_peers_open (const VgCommandLine *line, VgHost **host,
                        VgGlance **glance, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

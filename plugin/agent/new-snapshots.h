/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Detects new libvirt snapshots, for which libvirt sends no events. All calls
 * block; use them from one thread at a time. */
#pragma once

#include "host/host.h"
#include "util/config.h"

/* Checks the snapshots of the domain with that name or UUID. Creates an order
 * for each snapshot that is not known yet and not older than the first scan of
 * this host, if the domain's policy requests it. *taken: the spool has new
 * orders. A domain that doesn't exist is success. */
gboolean vg_new_snapshots_domain (const VgConfig *config, VgHost *host,
                                  const char *name, gboolean *taken,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Does the same for all domains. Continues after an error; FALSE with the first
 * error. */
gboolean vg_new_snapshots_all (const VgConfig *config, VgHost *host,
                               gboolean *taken, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

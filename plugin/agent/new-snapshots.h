/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Noticing libvirt's new snapshots, of which it tells nobody. All calls block,
 * and are for one thread at a time. */
#pragma once

#include "host/host.h"
#include "util/config.h"

/* Looks at the snapshots of the domain with that name or UUID; those that were
 * not seen before, and are not from before this host was looked at for the
 * first time, become orders where the domain's policy wants that. *taken:
 * something new is in the spool. A domain that is gone is success. */
gboolean vg_new_snapshots_domain (const VgConfig *config, VgHost *host,
                                  const char *name, gboolean *taken,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same of all domains. Goes on after a failure; FALSE with the first one's
 * error. */
gboolean vg_new_snapshots_all (const VgConfig *config, VgHost *host,
                               gboolean *taken, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

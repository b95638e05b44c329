/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Taking requests out of the domains' metadata into the spool. All calls
 * block, and are for one thread at a time. */
#pragma once

#include "host/host.h"
#include "util/config.h"

/* Takes what the domain's metadata ask for, and answers that it waits; and
 * brings to an end what was begun with it when we died. *taken: something new
 * is in the spool. A domain that is gone is success. After a failure call it
 * again, once libvirt or the disk is better. */
gboolean vg_metadata_requests_request (const VgConfig *config, VgHost *host,
                                       const char *uuid, gboolean *taken,
                                       GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The same of all domains. Goes on after a failure; FALSE with the first one's
 * error. */
gboolean vg_metadata_requests_all (const VgConfig *config, VgHost *host,
                                   gboolean *taken, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Looks whether the domain's policy makes sense, and answers if it doesn't. */
gboolean vg_metadata_requests_policy (const VgConfig *config, VgHost *host,
                                      const char *uuid, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

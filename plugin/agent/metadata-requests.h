/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Moves requests from domains' metadata to the spool. All calls block; use them
 * from one thread at a time. */
#pragma once

#include "host/host.h"
#include "util/config.h"

/* Accepts the request in the domain's metadata, and sets its status to waiting.
 * Completes a move that a crash interrupted. *taken: the spool has new orders.
 * A domain that doesn't exist is success. After an error, call it again
 * later. */
gboolean vg_metadata_requests_request (const VgConfig *config, VgHost *host,
                                       const char *uuid, gboolean *taken,
                                       GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Does the same for all domains. Continues after an error; FALSE with the first
 * error. */
gboolean vg_metadata_requests_all (const VgConfig *config, VgHost *host,
                                   gboolean *taken, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Checks the domain's policy, and sets the domain's status if it is invalid. */
gboolean vg_metadata_requests_policy (const VgConfig *config, VgHost *host,
                                      const char *uuid, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

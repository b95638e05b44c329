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

/* Checks the domain's policy, and elements of its metadata that look like ours.
 * If something is wrong, logs it, and sets the domain's status. */
gboolean vg_metadata_requests_policy (const VgConfig *config, VgHost *host,
                                      const char *uuid, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Checks and logs the same of all domains; their status stays. */
void vg_metadata_requests_review (const VgConfig *config, VgHost *host);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about combinations of a request's options. */
#pragma once

#include "request/options.h"

/* Checks that the request has all options required at that place, and none that
 * exclude each other. config may be NULL; else it provides defaults. FALSE with
 * VG_REQUEST_ERROR_INVALID, or VG_REQUEST_ERROR_SYNTAX if something is missing.
 */
gboolean vg_request_check (const VgRequest *request, VgRequestPlace place,
                           const VgConfig *config, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

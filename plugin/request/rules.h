/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which options of a request go together. */
#pragma once

#include "request/options.h"

/* Whether the request has what one at that place must have, and nothing that
 * excludes something else. config may be NULL; else what it says counts where
 * the request says nothing. FALSE with VG_REQUEST_ERROR_INVALID, or (something
 * is missing) VG_REQUEST_ERROR_SYNTAX. */
gboolean vg_request_check (const VgRequest *request, VgRequestPlace place,
                           const VgConfig *config, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request's options as JSON, in the spool and in an image's record. */
#pragma once

#include "request/request.h"
#include "util/json.h"

/* An object with a member for each option set. A new reference. */
VgJson *vg_request_to_json (const VgRequest *request);

/* A request from a JSON object; unknown members are ignored. NULL with
 * VG_JSON_ERROR_PARSE if a member has the wrong type for its option, or a
 * number is out of range; with VG_REQUEST_ERROR if a value is not allowed. Free
 * with vg_request_free(). */
VgRequest *vg_request_from_json (VgJson *json, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Sets the members of an image's record for all options that have one in the
 * table and are set. */
void vg_request_write_record (const VgRequest *request, VgJson *record);

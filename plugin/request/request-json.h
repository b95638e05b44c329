/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request's options as JSON: in the spool, and in an image's record. */
#pragma once

#include "request/request.h"
#include "util/json.h"

/* An object with what the request says, a member an option. A new reference. */
VgJson *vg_request_to_json (const VgRequest *request);

/* A request with what the object says; members that are no options are passed
 * over. NULL with VG_JSON_ERROR_PARSE where a member is not of its option's
 * type, or a number is none that could have been set; with VG_REQUEST_ERROR
 * where a value is not allowed. Free with vg_request_free(). */
VgRequest *vg_request_from_json (VgJson *json, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Sets those members of an image's record that the request says: each option
 * that the table names one for. */
void vg_request_write_record (const VgRequest *request, VgJson *record);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keystone's v3 API: the body of a token request, and parsing of the answer.
 * https://docs.openstack.org/api-ref/identity/v3/ Sends no requests. */
#pragma once

#include "glance/credentials.h"
#include "util/json.h"

/* The URL for the POST. Free with g_free(). */
char *vg_keystone_tokens_url (const char *auth_url);

/* The request's body; contains a secret. */
VgJson *vg_keystone_question (const VgCredentials *credentials);

/* Lifetime of the answer's token in µs, from its issue; -1 if not given.
 * Computed from the server's timestamps, so a wrong local clock does no
 * harm. */
gint64 vg_keystone_lifetime (VgJson *answer);

/* The project of the token; borrowed; NULL for an unscoped token. */
const char *vg_keystone_project_id (VgJson *answer);

/* The URL of the image service in the answer's catalog, for the first of
 * credentials' interfaces with an endpoint in the region. NULL with
 * VG_GLANCE_ERROR_CONFIG, whose message lists the endpoints. Free with
 * g_free(). */
char *vg_keystone_find_endpoint (VgJson *answer,
                                 const VgCredentials *credentials,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes trailing slashes and a trailing /v2 or /v2.9; keeps the path before
 * it. Free with g_free(). */
char *vg_keystone_trim_endpoint (const char *url);

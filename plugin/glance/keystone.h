/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keystone's v3 bodies: the question for a token, and what its answer says.
 * https://docs.openstack.org/api-ref/identity/v3/ Pure: sends nothing. */
#pragma once

#include "glance/credentials.h"
#include "util/json.h"

/* The address to POST to. Free with g_free(). */
char *vg_keystone_tokens_url (const char *auth_url);

/* The body for credentials; holds a secret. */
VgJson *vg_keystone_question (const VgCredentials *credentials);

/* How long the token of the answer lives, in µs from when it was given; -1
 * where the answer doesn't say. Compared with the server's own clock, so ours
 * may be wrong. */
gint64 vg_keystone_lifetime (VgJson *answer);

/* The project signed in to; borrowed; NULL for a token without one. */
const char *vg_keystone_project_id (VgJson *answer);

/* The image service's address in the answer's catalog, for the first of
 * credentials' interfaces that has one in the region. NULL with
 * VG_GLANCE_ERROR_CONFIG, which lists what there is. Free with g_free(). */
char *vg_keystone_find_endpoint (VgJson *answer,
                                 const VgCredentials *credentials,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Without slashes at the end and without a last /v2 or /v2.9; a path before
 * it stays. Free with g_free(). */
char *vg_keystone_trim_endpoint (const char *url);

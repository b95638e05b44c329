/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Credentials and endpoint settings, from the environment, a clouds.yaml, the
 * configuration, or that of an OpenStack service, with openstackclient's
 * precedence. Sends no requests. */
#pragma once

#include <glib.h>

#include "inventory/error.h"
#include "util/config.h"
#include "util/secret.h"

typedef enum {
  VG_AUTH_PASSWORD,
  VG_AUTH_APPLICATION_CREDENTIAL,
  VG_AUTH_TOKEN,        /* get a new token with an existing one */
  VG_AUTH_STATIC_TOKEN, /* no Keystone: use the token as it is */
  VG_AUTH_NONE,         /* no Keystone, no token */
} VgAuthMethod;

/* Unset strings are NULL. */
typedef struct {
  VgAuthMethod method;
  char *source; /* origin, for users: "the OS_* variables" */

  char *auth_type;
  char *auth_url; /* as given, with or without /v3 */
  char *username, *user_id, *password;
  char *user_domain_name, *user_domain_id;
  char *project_name, *project_id;
  char *project_domain_name, *project_domain_id;
  char *application_credential_id, *application_credential_name;
  char *application_credential_secret;
  char *token;

  char *region_name;
  char **interfaces; /* "public", "internal" …, in order of preference */
  char *endpoint_override;
  char *cafile, *certfile, *keyfile;
  gboolean insecure;
} VgCredentials;

/* Uses the environment if OS_CLOUD, OS_AUTH_URL, OS_TOKEN or
 * OS_IMAGE_ENDPOINT_OVERRIDE is set (OS_CLOUD: that cloud, overridden by the
 * OS_* variables), and ignores the configuration then; otherwise the
 * configuration (its cloud or service's section, overridden by its own
 * options). NULL with VG_GLANCE_ERROR_CONFIG, whose message names missing or
 * contradictory settings. */
VgCredentials *vg_credentials_load (const VgConfig *config, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_credentials_free (VgCredentials *credentials);

/* Whether a session with a would be the same with b, wherever they come from.
 */
gboolean vg_credentials_equal (const VgCredentials *a, const VgCredentials *b);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCredentials, vg_credentials_free)

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who we are, to whom, and how the image service is reached: gathered from
 * the environment, a clouds.yaml, or the configuration, in openstackclient's
 * order. Asks nobody. */
#pragma once

#include <glib.h>

#include "inventory/error.h"
#include "util/config.h"
#include "util/secret.h"

typedef enum {
  VG_AUTH_PASSWORD,
  VG_AUTH_APPLICATION_CREDENTIAL,
  VG_AUTH_TOKEN,        /* a new token by an old one */
  VG_AUTH_STATIC_TOKEN, /* no Keystone: the token as it is */
  VG_AUTH_NONE,         /* no Keystone, no token */
} VgAuthMethod;

/* Strings are NULL where not set. */
typedef struct {
  VgAuthMethod method;
  char *source; /* where they are from, for people: "the OS_* variables" */

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
  char **interfaces; /* "public", "internal" …, the preferred one first */
  char *endpoint_override;
  char *cafile, *certfile, *keyfile;
  gboolean insecure;
} VgCredentials;

/* If one of OS_CLOUD, OS_AUTH_URL, OS_TOKEN and OS_IMAGE_ENDPOINT_OVERRIDE is
 * set, the environment is used (OS_CLOUD: that cloud, with the OS_* variables
 * laid over it) and of the configuration nothing; else the configuration (its
 * cloud, with its own options laid over it). NULL with
 * VG_GLANCE_ERROR_CONFIG, which says what is missing or contradictory. */
VgCredentials *vg_credentials_load (const VgConfig *config, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void vg_credentials_free (VgCredentials *credentials);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VgCredentials, vg_credentials_free)

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which layers count, and whether what they say is enough. */
#include "glance/credentials.h"

#include <string.h>

#include "glance/credential-layer.h"
#include "util/text.h"

/* CA and client certificates of this host apply to credentials from any
 * source. */
static void
add_tls (VgCredentials *credentials, const VgConfig *config)
{
  if (credentials->cafile == NULL)
    credentials->cafile = g_strdup (config->cafile);
  if (credentials->certfile == NULL && credentials->keyfile == NULL) {
    credentials->certfile = g_strdup (config->certfile);
    credentials->keyfile = g_strdup (config->keyfile);
  }
  credentials->insecure = credentials->insecure || config->insecure;
}

static VgCredentials *
gather_environment (const VgConfig *config, GError **error)
{
  static const char *const fallback[] = { "public", NULL };
  const char *cloud = vg_layer_get_variable ("cloud");
  VgCredentials *credentials;

  if (!vg_layer_check_environment (error))
    return NULL;
  if (cloud != NULL) {
    credentials = vg_layer_read_cloud (cloud, error);
    if (credentials == NULL)
      return NULL;
    vg_layer_overlay (credentials, vg_layer_read_environment ());
  } else {
    credentials = vg_layer_read_environment ();
    credentials->source = g_strdup ("the OS_* variables");
  }
  if (credentials->interfaces == NULL)
    credentials->interfaces = g_strdupv ((char **) fallback);
  add_tls (credentials, config);
  return credentials;
}

static VgCredentials *
gather_config (const VgConfig *config, GError **error)
{
  VgCredentials *credentials;

  if (config->cloud != NULL && config->auth_from != NULL) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                 "[glance] of %s: set either cloud or auth_from",
                 config->path ? config->path : "the configuration");
    return NULL;
  }
  if (config->cloud != NULL || config->auth_from != NULL) {
    credentials = config->cloud != NULL
                      ? vg_layer_read_cloud (config->cloud, error)
                      : vg_layer_read_service (config->auth_from, error);
    if (credentials == NULL)
      return NULL;
    vg_layer_overlay (credentials, vg_layer_read_config (config));
  } else {
    credentials = vg_layer_read_config (config);
    credentials->source = g_strdup_printf (
        "[glance] of %s", config->path ? config->path : "the configuration");
  }
  if (credentials->interfaces == NULL)
    credentials->interfaces =
        vg_layer_normalize_interfaces (g_strdupv (config->valid_interfaces));
  return credentials;
}

static gboolean
set_config_error (GError **error, const VgCredentials *credentials,
                  const char *what)
{
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG, "%s: %s",
               credentials->source, what);
  return FALSE;
}

static gboolean
choose_method (VgCredentials *c, GError **error)
{
  const char *type = c->auth_type;
  g_autofree char *shown = NULL, *what = NULL;

  if (type != NULL && g_str_has_prefix (type, "v3"))
    type += strlen ("v3");
  if (type == NULL && c->auth_url == NULL && c->endpoint_override != NULL)
    c->method = c->token != NULL ? VG_AUTH_STATIC_TOKEN : VG_AUTH_NONE;
  else if (type == NULL && c->application_credential_secret != NULL)
    c->method = VG_AUTH_APPLICATION_CREDENTIAL;
  else if (type == NULL && c->token != NULL)
    c->method = VG_AUTH_TOKEN;
  else if (type == NULL || strcmp (type, "password") == 0)
    c->method = VG_AUTH_PASSWORD;
  else if (strcmp (type, "applicationcredential") == 0)
    c->method = VG_AUTH_APPLICATION_CREDENTIAL;
  else if (strcmp (type, "token") == 0)
    c->method = VG_AUTH_TOKEN;
  else if (strcmp (type, "none") == 0 || strcmp (type, "noauth") == 0)
    c->method = VG_AUTH_NONE;
  else if (strcmp (type, "admin_token") == 0
           || strcmp (type, "token_endpoint") == 0)
    c->method = VG_AUTH_STATIC_TOKEN;
  else {
    shown = vg_text_clean (c->auth_type, 40);
    what = g_strdup_printf ("unknown auth_type '%s'; use password, "
                            "v3applicationcredential, token or none",
                            shown);
    return set_config_error (error, c, what);
  }
  return TRUE;
}

/* The first missing setting that the method needs; or NULL. */
static const char *
find_missing (const VgCredentials *c)
{
  gboolean project = c->project_id != NULL || c->project_name != NULL;
  gboolean user = c->user_id != NULL || c->username != NULL;

  if (c->method == VG_AUTH_NONE || c->method == VG_AUTH_STATIC_TOKEN) {
    if (c->endpoint_override == NULL)
      return "without Keystone, the image service's URL is needed: "
             "endpoint_override (OS_IMAGE_ENDPOINT_OVERRIDE)";
    return c->method == VG_AUTH_STATIC_TOKEN && c->token == NULL
               ? "the token (OS_TOKEN) is missing"
               : NULL;
  }
  if (c->auth_url == NULL)
    return "Keystone's URL auth_url (OS_AUTH_URL) is missing";
  if (c->method == VG_AUTH_APPLICATION_CREDENTIAL) {
    if (c->application_credential_secret == NULL)
      return "application_credential_secret is missing";
    if (c->application_credential_id == NULL
        && (c->application_credential_name == NULL || !user))
      return "application_credential_id is missing (or "
             "application_credential_name and the user's name)";
    return NULL;
  }
  if (c->method == VG_AUTH_TOKEN && c->token == NULL)
    return "the token (OS_TOKEN) is missing";
  if (c->method == VG_AUTH_PASSWORD && !user)
    return "username or user_id (OS_USERNAME) is missing";
  if (c->method == VG_AUTH_PASSWORD && c->password == NULL)
    return "the password (OS_PASSWORD) is missing";
  if (!project)
    return "project_name or project_id (OS_PROJECT_NAME) is missing: images "
           "belong to a project";
  return NULL;
}

VgCredentials *
vg_credentials_load (const VgConfig *config, GError **error)
{
  g_autoptr (VgCredentials) credentials = NULL;
  const char *missing;

  if (vg_layer_get_variable ("cloud") != NULL
      || vg_layer_get_variable ("auth_url") != NULL
      || vg_layer_get_variable ("token") != NULL
      || vg_layer_get_variable ("image_endpoint_override") != NULL) {
    credentials = gather_environment (config, error);
  } else if (config->cloud != NULL || config->auth_from != NULL
             || config->auth_url != NULL || config->endpoint_override != NULL) {
    credentials = gather_config (config, error);
  } else {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                 "there are no credentials for OpenStack: set the OS_* "
                 "variables (an openrc file), or OS_CLOUD with a clouds.yaml, "
                 "or [glance] auth_url, username, password and project_name "
                 "(or cloud, or auth_from) in %s",
                 config->path ? config->path
                              : VG_SYSCONFDIR "/virt-glance/virt-glance.conf");
    return NULL;
  }
  if (credentials == NULL || !choose_method (credentials, error))
    return NULL;
  missing = find_missing (credentials);
  if (missing != NULL) {
    set_config_error (error, credentials, missing);
    return NULL;
  }
  return g_steal_pointer (&credentials);
}

static gboolean
are_interfaces_equal (char **a, char **b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return g_strv_equal ((const char *const *) a, (const char *const *) b);
}

gboolean
vg_credentials_equal (const VgCredentials *a, const VgCredentials *b)
{
  static const gsize strings[] = {
#define STRING(name) G_STRUCT_OFFSET (VgCredentials, name)
    STRING (auth_type),
    STRING (auth_url),
    STRING (username),
    STRING (user_id),
    STRING (password),
    STRING (user_domain_name),
    STRING (user_domain_id),
    STRING (project_name),
    STRING (project_id),
    STRING (project_domain_name),
    STRING (project_domain_id),
    STRING (application_credential_id),
    STRING (application_credential_name),
    STRING (application_credential_secret),
    STRING (token),
    STRING (region_name),
    STRING (endpoint_override),
    STRING (cafile),
    STRING (certfile),
    STRING (keyfile),
#undef STRING
  };

  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    if (g_strcmp0 (G_STRUCT_MEMBER (char *, a, strings[i]),
                   G_STRUCT_MEMBER (char *, b, strings[i]))
        != 0)
      return FALSE;
  return a->method == b->method && a->insecure == b->insecure
         && are_interfaces_equal (a->interfaces, b->interfaces);
}

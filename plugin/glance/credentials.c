/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One table lists all settings: the key in clouds.yaml (OS_ and its upper case
 * is the environment variable), the fields in VgConfig and in VgCredentials.
 * Each source fills a layer. A layer on top takes precedence; a name in it
 * clears the id below it, and the other way round. */
#include "glance/credentials.h"

#include <string.h>

#include "glance/clouds.h"
#include "util/text.h"

#define AT(field) G_STRUCT_OFFSET (VgCredentials, field)
#define CONF(field) G_STRUCT_OFFSET (VgConfig, field)
#define NONE ((gsize) -1)

typedef struct {
  const char *keys[2]; /* in clouds.yaml; the second is a former name */
  gsize offset;        /* in VgCredentials */
  gsize config;        /* in VgConfig */
  gsize rival;         /* in VgCredentials: the setting cleared in layers
                          below */
  gboolean secret;
} Setting;

static const Setting settings[] = {
  { { "auth_type" }, AT (auth_type), CONF (auth_type), NONE },
  { { "auth_url" }, AT (auth_url), CONF (auth_url), NONE },
  { { "username" }, AT (username), CONF (username), AT (user_id) },
  { { "user_id", "userid" }, AT (user_id), CONF (user_id), AT (username) },
  { { "password" }, AT (password), CONF (password), NONE, TRUE },
  { { "user_domain_name" },
    AT (user_domain_name),
    CONF (user_domain_name),
    AT (user_domain_id) },
  { { "user_domain_id" },
    AT (user_domain_id),
    CONF (user_domain_id),
    AT (user_domain_name) },
  { { "project_name", "tenant_name" },
    AT (project_name),
    CONF (project_name),
    AT (project_id) },
  { { "project_id", "tenant_id" },
    AT (project_id),
    CONF (project_id),
    AT (project_name) },
  { { "project_domain_name" },
    AT (project_domain_name),
    CONF (project_domain_name),
    AT (project_domain_id) },
  { { "project_domain_id" },
    AT (project_domain_id),
    CONF (project_domain_id),
    AT (project_domain_name) },
  { { "application_credential_id" },
    AT (application_credential_id),
    CONF (application_credential_id),
    AT (application_credential_name) },
  { { "application_credential_name" },
    AT (application_credential_name),
    CONF (application_credential_name),
    AT (application_credential_id) },
  { { "application_credential_secret" },
    AT (application_credential_secret),
    CONF (application_credential_secret),
    NONE,
    TRUE },
  { { "token" }, AT (token), CONF (token), NONE, TRUE },
  { { "region_name" }, AT (region_name), CONF (region_name), NONE },
  { { "image_endpoint_override" },
    AT (endpoint_override),
    CONF (endpoint_override),
    NONE },
  { { "cacert" }, AT (cafile), CONF (cafile), NONE },
  { { "cert" }, AT (certfile), CONF (certfile), NONE },
  { { "key" }, AT (keyfile), CONF (keyfile), NONE },
};

static char **
get_field (VgCredentials *credentials, gsize offset)
{
  return G_STRUCT_MEMBER_P (credentials, offset);
}

void
vg_credentials_free (VgCredentials *credentials)
{
  if (credentials == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++) {
    char *value = *get_field (credentials, settings[i].offset);

    if (settings[i].secret)
      vg_secret_free (value);
    else
      g_free (value);
  }
  g_strfreev (credentials->interfaces);
  g_free (credentials->source);
  g_free (credentials);
}

static const char *
get_variable (const char *key)
{
  g_autofree char *upper = g_ascii_strup (key, -1);
  g_autofree char *name = g_strconcat ("OS_", upper, NULL);
  const char *value = g_getenv (name);

  return value != NULL && *value != '\0' ? value : NULL;
}

/* All text is sent as JSON or in headers, and shown in messages. */
static gboolean
check_variable (const char *key, GError **error)
{
  const char *value = get_variable (key);
  g_autofree char *upper = g_ascii_strup (key, -1);

  if (value == NULL || g_utf8_validate (value, -1, NULL))
    return TRUE;
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
               "the environment variable OS_%s is not UTF-8", upper);
  return FALSE;
}

static gboolean
check_environment (GError **error)
{
  static const char *const others[] = { "cloud", "interface", "endpoint_type",
                                        "insecure" };

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    if (!check_variable (others[i], error))
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    for (gsize k = 0; k < G_N_ELEMENTS (settings[i].keys); k++)
      if (settings[i].keys[k] != NULL
          && !check_variable (settings[i].keys[k], error))
        return FALSE;
  return TRUE;
}

static gboolean
is_true (const char *text)
{
  return g_ascii_strcasecmp (text, "true") == 0
         || g_ascii_strcasecmp (text, "yes") == 0 || strcmp (text, "1") == 0;
}

/* "publicURL, internal" → "public", "internal". Takes ownership of names. */
static char **
normalize_interfaces (char **names)
{
  for (char **name = names; name != NULL && *name != NULL; name++) {
    g_strstrip (*name);
    if (g_str_has_suffix (*name, "URL"))
      (*name)[strlen (*name) - strlen ("URL")] = '\0';
  }
  return names;
}

static VgCredentials *
read_environment (void)
{
  VgCredentials *layer = g_new0 (VgCredentials, 1);
  const char *interface = get_variable ("interface");
  const char *insecure = get_variable ("insecure");

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++) {
    const Setting *setting = &settings[i];
    const char *value = get_variable (setting->keys[0]);

    if (value == NULL && setting->keys[1] != NULL)
      value = get_variable (setting->keys[1]);
    *get_field (layer, setting->offset) = g_strdup (value);
  }
  if (interface == NULL)
    interface = get_variable ("endpoint_type");
  if (interface != NULL)
    layer->interfaces = normalize_interfaces (g_strsplit (interface, ",", -1));
  layer->insecure = insecure != NULL && is_true (insecure);
  return layer;
}

static VgCredentials *
read_config (const VgConfig *config)
{
  VgCredentials *layer = g_new0 (VgCredentials, 1);

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    *get_field (layer, settings[i].offset) =
        g_strdup (G_STRUCT_MEMBER (char *, config, settings[i].config));
  layer->insecure = config->insecure;
  return layer;
}

static VgCredentials *
read_cloud (const char *name, GError **error)
{
  g_autoptr (VgCloud) cloud = vg_cloud_open (name, error);
  g_autofree char *shown = vg_text_clean (name, 80);
  g_auto (GStrv) regions = NULL;
  const char *verify;
  VgCredentials *layer;

  if (cloud == NULL)
    return NULL;
  layer = g_new0 (VgCredentials, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++) {
    const Setting *setting = &settings[i];
    const char *value = vg_cloud_get (cloud, setting->keys[0]);

    if (value == NULL && setting->keys[1] != NULL)
      value = vg_cloud_get (cloud, setting->keys[1]);
    *get_field (layer, setting->offset) = g_strdup (value);
  }
  layer->interfaces = vg_cloud_get_list (cloud, "image_interface");
  if (layer->interfaces == NULL)
    layer->interfaces = vg_cloud_get_list (cloud, "interface");
  if (layer->interfaces == NULL)
    layer->interfaces = vg_cloud_get_list (cloud, "endpoint_type");
  normalize_interfaces (layer->interfaces);
  regions = vg_cloud_get_list (cloud, "regions");
  if (layer->region_name == NULL && regions != NULL)
    layer->region_name = g_strdup (regions[0]);
  verify = vg_cloud_get (cloud, "verify");
  layer->insecure = verify != NULL && g_ascii_strcasecmp (verify, "false") == 0;
  layer->source = g_strdup_printf ("the cloud \"%s\" of %s", shown,
                                   vg_cloud_get_path (cloud));
  return layer;
}

/* Moves the settings in top over those in base; frees top. */
static void
overlay_credentials (VgCredentials *base, VgCredentials *top)
{
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++) {
    const Setting *setting = &settings[i];

    if (*get_field (top, setting->offset) == NULL)
      continue;
    vg_secret_free (*get_field (base, setting->offset));
    *get_field (base, setting->offset) =
        g_strdup (*get_field (top, setting->offset));
    if (setting->rival != NONE && *get_field (top, setting->rival) == NULL)
      g_clear_pointer (get_field (base, setting->rival), g_free);
  }
  if (top->interfaces != NULL) {
    g_strfreev (base->interfaces);
    base->interfaces = g_steal_pointer (&top->interfaces);
  }
  base->insecure = base->insecure || top->insecure;
  vg_credentials_free (top);
}

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
  const char *cloud = get_variable ("cloud");
  VgCredentials *credentials;

  if (!check_environment (error))
    return NULL;
  if (cloud != NULL) {
    credentials = read_cloud (cloud, error);
    if (credentials == NULL)
      return NULL;
    overlay_credentials (credentials, read_environment ());
  } else {
    credentials = read_environment ();
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

  if (config->cloud != NULL) {
    credentials = read_cloud (config->cloud, error);
    if (credentials == NULL)
      return NULL;
    overlay_credentials (credentials, read_config (config));
  } else {
    credentials = read_config (config);
    credentials->source = g_strdup_printf (
        "[glance] of %s", config->path ? config->path : "the configuration");
  }
  if (credentials->interfaces == NULL)
    credentials->interfaces =
        normalize_interfaces (g_strdupv (config->valid_interfaces));
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

  if (get_variable ("cloud") != NULL || get_variable ("auth_url") != NULL
      || get_variable ("token") != NULL
      || get_variable ("image_endpoint_override") != NULL) {
    credentials = gather_environment (config, error);
  } else if (config->cloud != NULL || config->auth_url != NULL
             || config->endpoint_override != NULL) {
    credentials = gather_config (config, error);
  } else {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                 "there are no credentials for OpenStack: set the OS_* "
                 "variables (an openrc file), or OS_CLOUD with a clouds.yaml, "
                 "or [glance] auth_url, username, password and project_name "
                 "(or cloud) in %s",
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

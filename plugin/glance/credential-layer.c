/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One table lists all settings: the key in clouds.yaml (OS_ and its upper case
 * is the environment variable), in services' configuration files, and the
 * fields in VgConfig and in VgCredentials. A layer on top takes precedence; a
 * name in it clears the id below it, and the other way round. */
#include "glance/credential-layer.h"

#include <string.h>

#include "glance/clouds.h"
#include "glance/service-config.h"
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
  const char *service[2]; /* the same in services' files, if they are others */
  gboolean connection; /* in services' files it stands beside auth_section, and
                          is not looked for in the section that this names */
} Setting;

static const Setting settings[] = {
  { { "auth_type" },
    AT (auth_type),
    CONF (auth_type),
    NONE,
    .service = { "auth_type", "auth_plugin" } },
  { { "auth_url" }, AT (auth_url), CONF (auth_url), NONE },
  { { "username" },
    AT (username),
    CONF (username),
    AT (user_id),
    .service = { "username", "user_name" } },
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
  { { "region_name" },
    AT (region_name),
    CONF (region_name),
    NONE,
    .connection = TRUE },
  { { "image_endpoint_override" },
    AT (endpoint_override),
    CONF (endpoint_override),
    NONE },
  { { "cacert" },
    AT (cafile),
    CONF (cafile),
    NONE,
    .service = { "cafile" },
    .connection = TRUE },
  { { "cert" },
    AT (certfile),
    CONF (certfile),
    NONE,
    .service = { "certfile" },
    .connection = TRUE },
  { { "key" },
    AT (keyfile),
    CONF (keyfile),
    NONE,
    .service = { "keyfile" },
    .connection = TRUE },
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

const char *
vg_layer_get_variable (const char *key)
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
  const char *value = vg_layer_get_variable (key);
  g_autofree char *upper = g_ascii_strup (key, -1);

  if (value == NULL || g_utf8_validate (value, -1, NULL))
    return TRUE;
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
               "the environment variable OS_%s is not UTF-8", upper);
  return FALSE;
}

gboolean
vg_layer_check_environment (GError **error)
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

char **
vg_layer_normalize_interfaces (char **names)
{
  for (char **name = names; name != NULL && *name != NULL; name++) {
    g_strstrip (*name);
    if (g_str_has_suffix (*name, "URL"))
      (*name)[strlen (*name) - strlen ("URL")] = '\0';
  }
  return names;
}

VgCredentials *
vg_layer_read_environment (void)
{
  VgCredentials *layer = g_new0 (VgCredentials, 1);
  const char *interface = vg_layer_get_variable ("interface");
  const char *insecure = vg_layer_get_variable ("insecure");

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++) {
    const Setting *setting = &settings[i];
    const char *value = vg_layer_get_variable (setting->keys[0]);

    if (value == NULL && setting->keys[1] != NULL)
      value = vg_layer_get_variable (setting->keys[1]);
    *get_field (layer, setting->offset) = g_strdup (value);
  }
  if (interface == NULL)
    interface = vg_layer_get_variable ("endpoint_type");
  if (interface != NULL)
    layer->interfaces =
        vg_layer_normalize_interfaces (g_strsplit (interface, ",", -1));
  layer->insecure = insecure != NULL && is_true (insecure);
  return layer;
}

VgCredentials *
vg_layer_read_config (const VgConfig *config)
{
  VgCredentials *layer = g_new0 (VgCredentials, 1);

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    *get_field (layer, settings[i].offset) =
        g_strdup (G_STRUCT_MEMBER (char *, config, settings[i].config));
  layer->insecure = config->insecure;
  return layer;
}

VgCredentials *
vg_layer_read_cloud (const char *name, GError **error)
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
  vg_layer_normalize_interfaces (layer->interfaces);
  regions = vg_cloud_get_list (cloud, "regions");
  if (layer->region_name == NULL && regions != NULL)
    layer->region_name = g_strdup (regions[0]);
  verify = vg_cloud_get (cloud, "verify");
  layer->insecure = verify != NULL && g_ascii_strcasecmp (verify, "false") == 0;
  layer->source = g_strdup_printf ("the cloud \"%s\" of %s", shown,
                                   vg_cloud_get_path (cloud));
  return layer;
}

/* Fills the layer with the settings of the section: with those of the
 * connection, or with the others. */
static gboolean
read_section (VgCredentials *layer, const VgServiceConfig *section,
              gboolean connection, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++) {
    const Setting *setting = &settings[i];
    char **field = get_field (layer, setting->offset);
    const char *const *keys =
        setting->service[0] != NULL ? setting->service : setting->keys;

    if (setting->connection != connection)
      continue;
    for (gsize k = 0; k < 2 && keys[k] != NULL && *field == NULL; k++)
      if (!vg_service_config_get (section, keys[k], field, error))
        return FALSE;
  }
  return TRUE;
}

/* The section that has the credentials: this one, or the one that it names, as
 * keystoneauth has it. */
static gboolean
read_auth_section (VgCredentials *layer, const VgServiceConfig *section,
                   const char *path, GError **error)
{
  g_autoptr (VgServiceConfig) other = NULL;
  g_autofree char *name = NULL, *insecure = NULL, *shown = NULL;

  if (!read_section (layer, section, TRUE, error)
      || !vg_service_config_get (section, "insecure", &insecure, error)
      || !vg_service_config_get (section, "auth_section", &name, error))
    return FALSE;
  layer->insecure = insecure != NULL && is_true (insecure);
  if (name != NULL) {
    other = vg_service_config_read (path, name, error);
    if (other == NULL)
      return FALSE;
    shown = vg_text_clean (name, 80);
    g_free (layer->source);
    layer->source = g_strdup_printf ("[%s] of %s", shown, path);
    section = other;
  }
  return read_section (layer, section, FALSE, error);
}

VgCredentials *
vg_layer_read_service (const char *from, GError **error)
{
  g_autoptr (VgServiceConfig) section = NULL;
  g_autoptr (VgCredentials) layer = g_new0 (VgCredentials, 1);
  const char *colon = strrchr (from, ':');
  g_autofree char *path = NULL, *shown = NULL;

  if (*from != '/' || colon == NULL || colon[1] == '\0') {
    shown = vg_text_clean (from, 80);
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                 "auth_from = %s: expected FILE:SECTION, such as "
                 "/etc/nova/nova.conf:service_user",
                 shown);
    return NULL;
  }
  path = g_strndup (from, colon - from);
  section = vg_service_config_read (path, colon + 1, error);
  if (section == NULL)
    return NULL;
  shown = vg_text_clean (colon + 1, 80);
  layer->source = g_strdup_printf ("[%s] of %s", shown, path);
  return read_auth_section (layer, section, path, error)
             ? g_steal_pointer (&layer)
             : NULL;
}

void
vg_layer_overlay (VgCredentials *base, VgCredentials *top)
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

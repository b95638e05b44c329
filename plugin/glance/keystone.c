/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The identity API's JSON. A name must come with a domain (else Keystone
 * answers 400): "default" if none is given, as in openstackclient. An
 * application credential implies its project, and must not have a scope. */
#include "glance/keystone.h"

#include <string.h>

#include "util/text.h"

#define DEFAULT_DOMAIN "default"

char *
vg_keystone_trim_endpoint (const char *url)
{
  char *trimmed = g_strdup (url);
  gsize n = strlen (trimmed);
  char *slash;

  while (n > 0 && trimmed[n - 1] == '/')
    trimmed[--n] = '\0';
  slash = strrchr (trimmed, '/');
  if (slash != NULL && slash[1] == 'v' && g_ascii_isdigit (slash[2])
      && strspn (slash + 2, "0123456789.") == strlen (slash + 2)) {
    *slash = '\0';
    for (n = strlen (trimmed); n > 0 && trimmed[n - 1] == '/';)
      trimmed[--n] = '\0';
  }
  return trimmed;
}

char *
vg_keystone_tokens_url (const char *auth_url)
{
  g_autofree char *base = vg_keystone_trim_endpoint (auth_url);

  return g_strconcat (base, "/v3/auth/tokens", NULL);
}

static VgJson *
new_domain (const char *id, const char *name)
{
  VgJson *domain = json_object_new_object ();

  if (id == NULL && name != NULL)
    vg_json_set_string (domain, "name", name);
  else
    vg_json_set_string (domain, "id", id ? id : DEFAULT_DOMAIN);
  return domain;
}

/* A user or project: by id, or by name and domain. */
static VgJson *
new_entity (const char *id, const char *name, const char *domain_id,
            const char *domain_name)
{
  VgJson *entity = json_object_new_object ();

  if (id != NULL) {
    vg_json_set_string (entity, "id", id);
  } else {
    vg_json_set_string (entity, "name", name);
    vg_json_set_take (entity, "domain", new_domain (domain_id, domain_name));
  }
  return entity;
}

static VgJson *
new_user (const VgCredentials *c)
{
  return new_entity (c->user_id, c->username, c->user_domain_id,
                     c->user_domain_name);
}

static const char *
fill_method (const VgCredentials *c, VgJson *method)
{
  VgJson *user;

  switch (c->method) {
  case VG_AUTH_APPLICATION_CREDENTIAL:
    vg_json_set_string (method, "id", c->application_credential_id);
    if (c->application_credential_id == NULL) {
      vg_json_set_string (method, "name", c->application_credential_name);
      vg_json_set_take (method, "user", new_user (c));
    }
    vg_json_set_string (method, "secret", c->application_credential_secret);
    return "application_credential";
  case VG_AUTH_TOKEN:
    vg_json_set_string (method, "id", c->token);
    return "token";
  default:
    user = new_user (c);
    vg_json_set_string (user, "password", c->password);
    vg_json_set_take (method, "user", user);
    return "password";
  }
}

VgJson *
vg_keystone_question (const VgCredentials *c)
{
  VgJson *question = json_object_new_object ();
  VgJson *auth = json_object_new_object ();
  VgJson *identity = json_object_new_object ();
  VgJson *methods = json_object_new_array ();
  VgJson *method = json_object_new_object ();
  const char *name = fill_method (c, method);

  json_object_array_add (methods, json_object_new_string (name));
  vg_json_set_take (identity, "methods", methods);
  vg_json_set_take (identity, name, method);
  vg_json_set_take (auth, "identity", identity);
  if (c->method != VG_AUTH_APPLICATION_CREDENTIAL) {
    VgJson *scope = json_object_new_object ();

    vg_json_set_take (scope, "project",
                      new_entity (c->project_id, c->project_name,
                                  c->project_domain_id,
                                  c->project_domain_name));
    vg_json_set_take (auth, "scope", scope);
  }
  vg_json_set_take (question, "auth", auth);
  return question;
}

static gint64
parse_time (const char *text)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time =
      text != NULL ? g_date_time_new_from_iso8601 (text, utc) : NULL;

  if (time == NULL)
    return -1;
  return g_date_time_to_unix (time) * G_USEC_PER_SEC
         + g_date_time_get_microsecond (time);
}

gint64
vg_keystone_lifetime (VgJson *answer)
{
  VgJson *token = vg_json_get (answer, "token");
  gint64 from = parse_time (vg_json_get_string (token, "issued_at"));
  gint64 until = parse_time (vg_json_get_string (token, "expires_at"));

  if (until < 0)
    return -1;
  if (from < 0)
    from = g_get_real_time ();
  return MAX (until - from, 0);
}

const char *
vg_keystone_project_id (VgJson *answer)
{
  VgJson *token = vg_json_get (answer, "token");

  return vg_json_get_string (vg_json_get (token, "project"), "id");
}

static gboolean
is_in_region (VgJson *endpoint, const char *region)
{
  return region == NULL
         || g_strcmp0 (vg_json_get_string (endpoint, "region"), region) == 0
         || g_strcmp0 (vg_json_get_string (endpoint, "region_id"), region) == 0;
}

/* The image service's endpoints, borrowed, in the catalog's order. */
static GPtrArray *
list_endpoints (VgJson *answer)
{
  VgJson *catalog =
      vg_json_get_array (vg_json_get (answer, "token"), "catalog");
  gsize n = catalog != NULL ? json_object_array_length (catalog) : 0;
  GPtrArray *list = g_ptr_array_new ();

  for (gsize i = 0; i < n; i++) {
    VgJson *service = json_object_array_get_idx (catalog, i);
    VgJson *endpoints = vg_json_get_array (service, "endpoints");
    gsize m = endpoints != NULL ? json_object_array_length (endpoints) : 0;

    if (g_strcmp0 (vg_json_get_string (service, "type"), "image") != 0)
      continue;
    for (gsize k = 0; k < m; k++) {
      VgJson *endpoint = json_object_array_get_idx (endpoints, k);

      if (vg_json_get_string (endpoint, "url") != NULL)
        g_ptr_array_add (list, endpoint);
    }
  }
  return list;
}

static void
throw_no_endpoint (GPtrArray *endpoints, const VgCredentials *credentials,
                   GError **error)
{
  g_autofree char *wanted = g_strjoinv (" or ", credentials->interfaces);
  g_autoptr (GString) known = g_string_new (NULL);

  for (guint i = 0; i < endpoints->len; i++) {
    VgJson *endpoint = g_ptr_array_index (endpoints, i);
    g_autofree char *interface =
        vg_text_clean (vg_json_get_string (endpoint, "interface"), 40);
    g_autofree char *region =
        vg_text_clean (vg_json_get_string (endpoint, "region"), 40);

    g_string_append_printf (known, "%s%s in %s", i > 0 ? ", " : "", interface,
                            region);
  }
  if (known->len == 0)
    g_string_append (known, "none at all");
  g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
               "Keystone's catalog has no image service with the interface %s "
               "in %s%s (it has: %s); set region_name, valid_interfaces "
               "(OS_REGION_NAME, OS_INTERFACE) or endpoint_override",
               wanted, credentials->region_name ? "the region " : "any region",
               credentials->region_name ? credentials->region_name : "",
               known->str);
}

char *
vg_keystone_find_endpoint (VgJson *answer, const VgCredentials *credentials,
                           GError **error)
{
  g_autoptr (GPtrArray) endpoints = list_endpoints (answer);

  for (char **interface = credentials->interfaces; *interface != NULL;
       interface++)
    for (guint i = 0; i < endpoints->len; i++) {
      VgJson *endpoint = g_ptr_array_index (endpoints, i);

      if (g_strcmp0 (vg_json_get_string (endpoint, "interface"), *interface)
              == 0
          && is_in_region (endpoint, credentials->region_name))
        return vg_keystone_trim_endpoint (vg_json_get_string (endpoint, "url"));
    }
  throw_no_endpoint (endpoints, credentials, error);
  return NULL;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session whose token is given to it with each request. Connections are kept
 * from one caller to the next: the token is a header, so none has another's
 * rights. */
#include "glance/caller.h"

#include "glance/keystone.h"
#include "glance/session.h"

VgGlance *
vg_glance_new_for_callers (const VgConfig *config, guint timeout,
                           GError **error)
{
  VgCredentials *credentials;
  VgHttpOptions options = { .cafile = config->cafile,
                            .certfile = config->certfile,
                            .keyfile = config->keyfile,
                            .insecure = config->insecure,
                            .timeout = timeout };
  VgGlance *glance;

  if (config->endpoint_override == NULL) {
    g_set_error (error, VG_GLANCE_ERROR, VG_GLANCE_ERROR_CONFIG,
                 "Glance's address is unknown; set [glance] endpoint_override "
                 "to it");
    return NULL;
  }
  credentials = g_new0 (VgCredentials, 1);
  credentials->method = VG_AUTH_STATIC_TOKEN;
  credentials->source = g_strdup (config->path ? config->path : "[glance]");
  credentials->endpoint_override = g_strdup (config->endpoint_override);
  credentials->cafile = g_strdup (config->cafile);
  credentials->certfile = g_strdup (config->certfile);
  credentials->keyfile = g_strdup (config->keyfile);
  credentials->insecure = config->insecure;
  glance = vg_session_new (config, credentials, error);
  if (glance == NULL)
    return NULL;
  vg_http_free (glance->http);
  glance->http = vg_http_new (&options);
  glance->endpoint = vg_keystone_trim_endpoint (config->endpoint_override);
  glance->for_callers = TRUE;
  return glance;
}

void
vg_glance_set_caller (VgGlance *glance, const VgCaller *caller)
{
  static const VgCaller nobody;

  if (caller == NULL)
    caller = &nobody;
  vg_session_set_token (glance, g_strdup (caller->token), -1);
  vg_secret_free (glance->service_token);
  glance->service_token = g_strdup (caller->service_token);
  g_free (glance->request_id);
  glance->request_id = g_strdup (caller->request_id);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sessions without credentials of their own: they ask Glance in the name of
 * those who called us, with their tokens. */
#pragma once

#include "glance/glance.h"

/* Headers of a caller's request to Glance, borrowed; NULL: not sent. */
typedef struct {
  const char *token;         /* X-Auth-Token: secret */
  const char *service_token; /* X-Service-Token: secret. Keystone's middleware
                                accepts an expired token beside it */
  const char *request_id;    /* X-OpenStack-Request-ID */
} VgCaller;

/* A session with Glance at [glance] endpoint_override, that never retries and
 * never asks for the details of stores. Credentials in the environment and the
 * configuration are ignored. timeout: of a connection without data, in s.
 * config is borrowed and must outlive the session. Sends no requests. NULL with
 * VG_GLANCE_ERROR_CONFIG. */
VgGlance *vg_glance_new_for_callers (const VgConfig *config, guint timeout,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Acts for that caller from now on, and forgets the one before. Copies. NULL:
 * for nobody. */
void vg_glance_set_caller (VgGlance *glance, const VgCaller *caller);

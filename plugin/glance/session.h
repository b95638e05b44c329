/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by the room's files: the members of VgGlance, and requests to Glance
 * with a valid token. */
#pragma once

#include "glance/credentials.h"
#include "glance/glance.h"
#include "glance/http.h"

struct _VgGlance {
  const VgConfig *config;
  VgCredentials *credentials;
  VgHttp *http;
  char *endpoint;         /* without /v2; NULL before authentication */
  const char *project_id; /* or NULL; lives as long as the process */
  char *token;            /* secret; NULL: none */
  gint64 token_from;      /* time of issue, monotonic µs */
  gint64 token_until;     /* expiry, monotonic µs; G_MAXINT64: unknown */
  gboolean for_callers;   /* see caller.h: has the caller's rights alone */
  char *service_token;    /* of the caller: secret; or NULL */
  char *request_id;       /* of the caller; or NULL */
  gboolean unanswered;    /* see vg_glance_was_unanswered() */
};

/* The secrets that a peer may echo, NULL-terminated. */
#define VG_SECRETS_MAX 6
typedef const char *VgSecrets[VG_SECRETS_MAX];

/* A session with these credentials, of which it takes ownership. NULL with
 * VG_GLANCE_ERROR_CONFIG. */
VgGlance *vg_session_new (const VgConfig *config, VgCredentials *credentials,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Fills secrets with those of the session; borrowed. */
void vg_session_fill_secrets (const VgGlance *glance, VgSecrets secrets);

/* A text of Glance's for a message: without secrets, then as by
 * vg_text_clean(). Free with g_free(). */
char *vg_session_show (const VgGlance *glance, const char *text,
                       gsize max_chars);

typedef struct {
  const char *method;
  const char *path;           /* "/v2/…", without the endpoint */
  const char *action;         /* completes "can't …" in messages */
  VgJson *json;               /* request body, borrowed; or NULL */
  const char *content_type;   /* of json; NULL: application/json */
  const char *const *headers; /* additional headers, or NULL */
  gboolean once;              /* no retries: the answer is optional */
  guint grace; /* s to wait for the answer after a cancellation; 0: none */
} VgCall;

/* Authenticates unless there is a token that doesn't expire soon. */
gboolean vg_session_ensure (VgGlance *glance, GCancellable *cancellable,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Like vg_session_ensure(), but also renews a token that isn't fresh. Called
 * before a stream, whose repetition would be expensive. */
gboolean vg_session_refresh (VgGlance *glance, GCancellable *cancellable,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether vg_session_refresh() would ask Keystone for nothing. */
gboolean vg_session_is_fresh (const VgGlance *glance);

/* Replaces the token (a secret; NULL: none), without asking Keystone; takes
 * ownership. lifetime: µs from now on; negative: unknown. */
void vg_session_set_token (VgGlance *glance, char *token, gint64 lifetime);

/* Drops the token (after a 401). FALSE if it can't be renewed. */
gboolean vg_session_forget (VgGlance *glance);

/* "X-Auth-Token: …", a secret; NULL: no token. Free with vg_secret_free(). */
char *vg_session_token_header (VgGlance *glance);

/* Sends a request to Glance, with retries, and once more with a new token after
 * a 401. TRUE for an answer of any status. The error is a complete sentence. */
gboolean vg_session_call (VgGlance *glance, const VgCall *call,
                          VgHttpAnswer *answer, GCancellable *cancellable,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* GETs path. Any status other than 200, or a body that is no JSON object, is an
 * error. */
VgJson *vg_session_get (VgGlance *glance, const char *path, const char *action,
                        GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The same; *length is the number of bytes of the answer. */
VgJson *vg_session_get_sized (VgGlance *glance, const char *path,
                              const char *action, gsize *length,
                              GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Sets error from a failed answer, without secrets. Returns FALSE. */
gboolean vg_session_throw (VgGlance *glance, const char *action,
                           const VgHttpAnswer *answer, GError **error);

/* The last non-empty message of the image's tasks, cleaned; or NULL. Free with
 * g_free(). */
char *vg_session_task_message (VgGlance *glance, const char *id,
                               GCancellable *cancellable);

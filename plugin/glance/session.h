/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the room's files share: a VgGlance's insides, and a request to Glance
 * with a token that is good. */
#pragma once

#include "glance/credentials.h"
#include "glance/glance.h"
#include "glance/http.h"

struct _VgGlance {
  const VgConfig *config;
  VgCredentials *credentials;
  VgHttp *http;
  char *endpoint;     /* without /v2; NULL before signing in */
  char *project_id;   /* or NULL */
  char *token;        /* secret; NULL: none */
  gint64 token_from;  /* monotonic µs when it was given */
  gint64 token_until; /* monotonic µs when it ends; G_MAXINT64: unknown */
};

typedef struct {
  const char *method;
  const char *path;           /* "/v2/…", without the endpoint */
  const char *action;         /* completes "can't …" in messages */
  VgJson *json;               /* to send, borrowed; or NULL */
  const char *content_type;   /* of that; NULL: application/json */
  const char *const *headers; /* further ones, or NULL */
  gboolean once;              /* no repetitions: we can do without the answer */
} VgCall;

/* Signs in if there is no token, or one that soon ends. */
gboolean vg_session_ensure (VgGlance *glance, GCancellable *cancellable,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same, and renews one that is not fresh: before a stream, which can't be
 * repeated for nothing. */
gboolean vg_session_refresh (VgGlance *glance, GCancellable *cancellable,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Forgets the token (after a 401). FALSE where it can't be renewed. */
gboolean vg_session_forget (VgGlance *glance);

/* "X-Auth-Token: …", a secret, or NULL for none. Free with
 * vg_secret_free(). */
char *vg_session_token_header (VgGlance *glance);

/* Asks Glance, with repetitions, and once more with a new token after a 401.
 * TRUE for an answer of whatever status. The error is a whole sentence. */
gboolean vg_session_call (VgGlance *glance, const VgCall *call,
                          VgHttpAnswer *answer, GCancellable *cancellable,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* GETs path; a status other than 200, or what is no JSON object, is an
 * error. */
VgJson *vg_session_get (VgGlance *glance, const char *path, const char *action,
                        GCancellable *cancellable, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Sets error to what an unwanted answer says, without our secrets. Returns
 * FALSE. */
gboolean vg_session_throw (VgGlance *glance, const char *action,
                           const VgHttpAnswer *answer, GError **error);

/* What the last of the image's tasks says that says anything, cleaned; or
 * NULL. Free with g_free(). */
char *vg_session_task_message (VgGlance *glance, const char *id,
                               GCancellable *cancellable);
